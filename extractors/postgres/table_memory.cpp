#include "extractors/postgres/table_memory.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace tailrace::postgres {
namespace {

using nlohmann::json;

constexpr int kFormatVersion = 1;

// One that is damaged, of a later version or of another source is as good as none.
ToldTables::State read(const std::filesystem::path& file, const std::string& source_id) {
  std::ifstream in(file);
  const json root = json::parse(in, nullptr, false);
  try {
    if (root.at("format_version") != kFormatVersion || root.at("source_id") != source_id) return {};
    ToldTables::State state{.looked = true};
    for (const json& table : root.at("tables")) {
      state.tables[table.at("oid").get<std::uint32_t>()] = {
          {table.at("schema").get<std::string>(), table.at("table").get<std::string>()},
          table.at("definition").get<std::string>(),
          table.at("captured").get<bool>()};
    }
    return state;
  } catch (const json::exception&) {
    return {};
  }
}

std::string text_of(const ToldTables::State& state, const std::string& source_id) {
  json tables = json::array();
  for (const auto& [oid, table] : state.tables) {
    tables.push_back({{"oid", oid},
                      {"schema", table.name.schema},
                      {"table", table.name.table},
                      {"definition", table.definition},
                      {"captured", table.captured}});
  }
  const json root = {
      {"format_version", kFormatVersion}, {"source_id", source_id}, {"tables", std::move(tables)}};
  return root.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

bool write_synced(const std::filesystem::path& path, std::string_view text) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) return false;
  bool fine = true;
  while (fine && !text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    fine = written > 0 || (written < 0 && errno == EINTR);
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  fine = fine && ::fsync(descriptor) == 0;
  ::close(descriptor);
  return fine;
}

}  // namespace

TableMemory::TableMemory(std::filesystem::path file, std::string source_id)
    : file_(std::move(file)), source_id_(std::move(source_id)) {
  if (!file_.empty()) state_ = read(file_, source_id_);
}

void TableMemory::put(const ToldTables::State& state, Lsn needed) {
  if (state == state_) return;
  state_ = state;
  unwritten_ = std::max(unwritten_.value_or(Lsn()), needed);
  confirmed(confirmed_);
}

void TableMemory::confirmed(Lsn durable) {
  confirmed_ = std::max(confirmed_, durable);
  if (unwritten_ && confirmed_ >= *unwritten_ && state_.looked) write();
}

void TableMemory::remove(const std::filesystem::path& file) {
  std::error_code code;
  if (!file.empty()) std::filesystem::remove(file, code);
}

// Whole before or whole after. What cannot be written now is written with the next.
void TableMemory::write() {
  if (!file_.empty()) {
    std::error_code code;
    std::filesystem::create_directories(file_.parent_path(), code);
    const std::filesystem::path next = file_.string() + ".new";
    if (!write_synced(next, text_of(state_, source_id_))) return;
    std::filesystem::rename(next, file_, code);
    if (code) return;
  }
  unwritten_.reset();
}

}  // namespace tailrace::postgres
