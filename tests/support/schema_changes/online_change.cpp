#include "tests/support/schema_changes/online_change.h"

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace tailrace::testing {
namespace {

constexpr const char* kProgram = "pt-online-schema-change";
constexpr const char* kUser = "osc";
constexpr const char* kPassword = "its secret";

ChildOptions command(const DatabaseServer& source, const std::string& table,
                     const std::string& alter, const std::vector<std::string>& more,
                     const std::filesystem::path& output) {
  const std::string account = std::string("'") + kUser + "'@'%'";
  source.sql("CREATE USER IF NOT EXISTS " + account + " IDENTIFIED BY '" + kPassword +
             "'; GRANT ALL PRIVILEGES ON *.* TO " + account);
  ChildOptions tool{
      .arguments = {find_program(kProgram), "--execute", "--no-version-check",
                    "--recursion-method=none",  // MySQL 9 knows no SHOW SLAVE HOSTS
                    "--chunk-size=60", "--chunk-time=0", "--sleep=0.06",
                    // Writers are in its way all the time.
                    "--tries=create_triggers:50:0.2,drop_triggers:50:0.2,copy_rows:50:0.1,"
                    "swap_tables:50:0.2",
                    "--alter=" + alter,
                    "h=127.0.0.1,P=" + std::to_string(source.port()) + ",u=" + kUser +
                        ",p=" + kPassword + ",A=utf8mb4,D=shop,t=" + table},
      .output = output};
  // Else the tool reads no number of rows in a plan of MySQL 9, and copies a table in one piece.
  if (source.kind() == "mysql")
    tool.arguments.emplace_back("--set-vars=explain_format=TRADITIONAL");
  tool.arguments.insert(tool.arguments.end(), more.begin(), more.end());
  return tool;
}

}  // namespace

std::optional<std::string> OnlineChange::why_unavailable() {
  if (!find_program(kProgram).empty()) return std::nullopt;
  return std::string(kProgram) + " is not installed (scripts/setup test)";
}

OnlineChange::OnlineChange(const DatabaseServer& source, const std::string& table,
                           const std::string& alter, const std::vector<std::string>& more)
    : child_(ChildProcess::spawn(command(source, table, alter, more, folder_ / "said"))) {}

void OnlineChange::kill() {
  if (!running()) throw std::runtime_error("it has ended already: " + said());
  child_.signal(SIGKILL);
  child_.wait();
}

void OnlineChange::finish(std::chrono::milliseconds deadline) {
  const auto ended = child_.wait(deadline);
  if (!ended || !ended->ok()) {
    throw std::runtime_error((ended ? to_string(*ended) : "it does not end") + ": " + said());
  }
}

std::string OnlineChange::said() const {
  std::ifstream file(folder_ / "said");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void drop_triggers_of(const DatabaseServer& source, const std::string& table) {
  for (const char* event : {"del", "upd", "ins"}) {
    source.sql("DROP TRIGGER pt_osc_shop_" + table + "_" + event, "shop");
  }
}

}  // namespace tailrace::testing
