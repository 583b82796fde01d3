#include "tests/integration/type_listing.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace tailrace::testing {
namespace {

std::string word_of(Engine engine) {
  return is_postgres(engine) ? "postgresql" : name_of(engine);
}

std::vector<std::string> split(const std::string& text, const std::string& separator) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(separator, at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + separator.size();
  }
  return parts;
}

std::string trimmed(const std::string& cell) {
  const auto first = cell.find_first_not_of(" `");
  if (first == std::string::npos) return "";
  return cell.substr(first, cell.find_last_not_of(" `") + 1 - first);
}

// "s.t.a" is one column, "s.t (a, b), s.u (c)" three.
std::vector<std::string> columns_in(std::string subject) {
  if (subject.find('(') == std::string::npos) return {subject};
  std::vector<std::string> columns;
  for (auto open = subject.find(" ("); open != std::string::npos; open = subject.find(" (")) {
    const std::string table = subject.substr(0, open);
    const auto close = subject.find(')', open);
    for (const std::string& name : split(subject.substr(open + 2, close - open - 2), ", ")) {
      columns.push_back(table + "." + name);
    }
    subject.erase(0, std::min(close + 3, subject.size()));
  }
  return columns;
}

}  // namespace

std::vector<TypeLine> type_lines(Engine source, Engine target) {
  const CommandResult printed =
      run_tailrace({"types", "--from", word_of(source), "--to", word_of(target), "--markdown"});
  if (!printed.ended.ok()) throw std::runtime_error(printed.error_output);
  std::vector<TypeLine> lines;
  std::istringstream in(printed.output);
  for (std::string text; std::getline(in, text);) {
    if (!text.starts_with("| `")) continue;
    const auto cells = split(text, " |");  // the type has the first "| " before it
    TypeLine line;
    line.type = trimmed(cells.at(0).substr(1));
    for (const std::string& label : split(trimmed(cells.at(3)), "; ")) {
      const std::string in_key = "in the key: ";
      if (label.starts_with(in_key)) {
        line.refused_in_key.push_back(label.substr(in_key.size()));
      } else {
        line.refused.push_back(label);
      }
    }
    line.options = split(trimmed(cells.at(4)), "; ");
    lines.push_back(std::move(line));
  }
  return lines;
}

bool ListedColumn::refuses(const std::string& label) const {
  const std::string list = "refuses ";
  const auto begin = message.find(list);
  if (begin == std::string::npos) return false;
  const auto end = std::min(message.find_first_of(";\n", begin), message.size());
  const auto labels = split(message.substr(begin + list.size(), end - begin - list.size()), ", ");
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

std::map<std::string, ColumnListing> column_listings(
    const std::string& source_url, const std::vector<std::string>& tables,
    const std::map<std::string, std::string>& target_urls, const std::string& state_dir) {
  std::vector<std::string> arguments = {"check",  "--from",  source_url,    "--json",
                                        "--name", "listing", "--state-dir", state_dir};
  for (const std::string& pattern : tables) {
    arguments.insert(arguments.end(), {"--tables", pattern});
  }
  for (const auto& [name, url] : target_urls) {
    arguments.insert(arguments.end(), {"--to", name + "=" + url});
  }
  const CommandResult checked = run_tailrace(std::move(arguments));
  const auto findings = nlohmann::json::parse(checked.output, nullptr, false);
  if (!findings.is_array()) throw std::runtime_error(checked.error_output + checked.output);
  std::map<std::string, ColumnListing> listings;
  for (const auto& [name, url] : target_urls) {
    const std::string part = "sink " + name + " ";
    for (const auto& finding : findings) {
      if (!finding.at("part").get<std::string>().starts_with(part)) continue;
      for (const std::string& column : columns_in(finding.at("subject"))) {
        ListedColumn& listed = listings[name][column];
        listed.message += finding.at("message").get<std::string>() + "\n";
        listed.fix += finding.at("fix").get<std::string>() + "\n";
        listed.cannot_be_held |= finding.at("id") == "COL-04";
      }
    }
  }
  return listings;
}

}  // namespace tailrace::testing
