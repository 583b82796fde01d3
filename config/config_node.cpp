#include "config/config_node.h"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "config/byte_size.h"
#include "config/duration.h"
#include "config/nearest_name.h"

namespace tailrace {
namespace {

using nlohmann::json;

Error invalid(std::string message) {
  return Error(ErrorKind::invalid_config, std::move(message));
}

std::string in_quotes(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

// The library's message, without the text that it had just read: that may be a password.
std::string syntax_message(std::string_view what) {
  if (const auto start = what.find("parse error at "); start != std::string_view::npos) {
    what.remove_prefix(start + std::string_view("parse error at ").size());
  }
  const auto last_read = what.find("; last read:");
  if (last_read == std::string_view::npos) return std::string(what);
  const auto expected = what.rfind("; expected ");
  std::string message(what.substr(0, last_read));
  if (expected != std::string_view::npos && expected > last_read) {
    message += what.substr(expected);
  }
  return message;
}

// Notices a member given twice, of which the library would silently keep the last.
class DuplicateFinder {
 public:
  bool operator()(int /*depth*/, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) {
      open_.emplace_back();
    } else if (event == json::parse_event_t::object_end) {
      open_.pop_back();
    } else if (event == json::parse_event_t::key) {
      const auto& name = parsed.get_ref<const std::string&>();
      if (!open_.back().insert(name).second && duplicate_.empty()) duplicate_ = name;
    }
    return true;
  }
  const std::string& duplicate() const { return duplicate_; }

 private:
  std::vector<std::set<std::string>> open_;
  std::string duplicate_;
};

std::vector<std::string_view> names_of(OptionTable table) {
  std::vector<std::string_view> names;
  for (const OptionRow& row : table) {
    if (row.type != OptionType::later) names.push_back(row.name);
  }
  return names;
}

const OptionRow* find_row(OptionTable table, std::string_view name) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const OptionRow& row) { return row.name == name; });
  return found == table.end() ? nullptr : &*found;
}

Error unknown_member(std::string_view name, OptionTable table) {
  Error error = invalid("unknown option " + in_quotes(name));
  const auto names = names_of(table);
  const std::string_view nearest = nearest_name(name, names);
  if (!nearest.empty()) return std::move(error).hint("did you mean " + in_quotes(nearest) + "?");
  std::string known;
  for (const std::string_view candidate : names) {
    if (!known.empty()) known += ", ";
    known += candidate;
  }
  return std::move(error).hint("known here: " + known);
}

}  // namespace

ConfigDocument::ConfigDocument(std::string file_name, SecretStore secrets)
    : file_name_(std::move(file_name)), secrets_(std::move(secrets)) {}

ConfigDocument::~ConfigDocument() = default;

Result<std::unique_ptr<ConfigDocument>> ConfigDocument::parse(std::string_view text,
                                                              std::string file_name,
                                                              SecretStore secrets) {
  std::unique_ptr<ConfigDocument> document(
      new ConfigDocument(std::move(file_name), std::move(secrets)));
  DuplicateFinder duplicates;
  try {
    document->json_ =
        std::make_unique<json>(json::parse(text, std::ref(duplicates), /*allow_exceptions=*/true,
                                           /*ignore_comments=*/true));
  } catch (const json::exception& problem) {
    return invalid(syntax_message(problem.what())).with(document->file_name_);
  }
  if (!duplicates.duplicate().empty()) {
    document->report("",
                     invalid("option " + in_quotes(duplicates.duplicate()) + " is given twice"));
  }
  return document;
}

ConfigNode ConfigDocument::root(OptionTable table) {
  if (json_->is_object()) return ConfigNode(*this, json_.get(), "", table);
  report("", invalid("expected an object, found " + std::string(json_->type_name())));
  return ConfigNode(*this, nullptr, "", table);
}

void ConfigDocument::report(const std::string& path, Error problem) {
  if (!path.empty()) static_cast<void>(std::move(problem).with(path));
  problems_.push_back(std::move(problem).with(file_name_));
}

ConfigNode::ConfigNode(ConfigDocument& document, const json* object, std::string path,
                       OptionTable table)
    : document_(&document), json_(object), path_(std::move(path)), table_(table) {
  if (json_ != nullptr) check_members();
}

void ConfigNode::check_members() const {
  for (const auto& [name, value] : json_->items()) {
    const OptionRow* row = find_row(table_, name);
    if (row == nullptr) {
      document_->report(path_, unknown_member(name, table_));
    } else if (row->type == OptionType::later) {
      report(name, invalid("not supported in this version"));
    }
  }
  for (const OptionRow& row : table_) {
    if (row.required && !json_->contains(row.name)) {
      document_->report(
          path_,
          invalid("option " + in_quotes(row.name) + " is missing").hint(std::string(row.help)));
    }
  }
}

const OptionRow& ConfigNode::row_of(std::string_view name) const {
  const OptionRow* row = find_row(table_, name);
  TR_ASSERT(row != nullptr);
  return *row;
}

const json* ConfigNode::find(std::string_view name) const {
  if (json_ == nullptr) return nullptr;
  const auto found = json_->find(name);
  return found == json_->end() ? nullptr : &*found;
}

bool ConfigNode::has(std::string_view name) const {
  return find(name) != nullptr;
}

std::string ConfigNode::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

void ConfigNode::report(std::string_view name, Error problem) const {
  document_->report(path_of(name), std::move(problem));
}

void ConfigNode::report_type(std::string_view name, std::string_view expected) const {
  report(name, invalid("expected " + std::string(expected) + ", found " + find(name)->type_name()));
}

std::string ConfigNode::expanded(const std::string& text, const OptionRow& row) const {
  auto result = row.type == OptionType::url ? expand_url_references(text, document_->secrets_)
                                            : expand_references(text, document_->secrets_);
  if (result) return std::move(*result);
  report(row.name, std::move(result).error());
  return {};
}

std::string ConfigNode::raw_text(std::string_view name) const {
  const OptionRow& row = row_of(name);
  const json* value = find(name);
  if (value == nullptr) return std::string(row.fallback);
  if (value->is_string()) return expanded(value->get_ref<const std::string&>(), row);
  report_type(name, "a string");
  return {};
}

void ConfigNode::check_choice(const OptionRow& row, const std::string& value) const {
  const auto among = [&](std::span<const std::string_view> choices) {
    return std::find(choices.begin(), choices.end(), value) != choices.end();
  };
  if (among(row.choices)) return;
  if (among(row.later_choices)) {
    report(row.name, invalid(in_quotes(value) + " is not supported in this version"));
    return;
  }
  std::string choices;
  for (const std::string_view choice : row.choices) {
    if (!choices.empty()) choices += ", ";
    choices += in_quotes(choice);
  }
  report(row.name, invalid("expected one of " + choices));
}

std::string ConfigNode::text(std::string_view name) const {
  const std::string value = raw_text(name);
  const OptionRow& row = row_of(name);
  if (row.type == OptionType::choice && has(name)) check_choice(row, value);
  return value;
}

Secret ConfigNode::secret(std::string_view name) const {
  return Secret(raw_text(name));
}

Url ConfigNode::url(std::string_view name) const {
  const std::size_t problems = document_->problems_.size();
  const std::string value = raw_text(name);
  const bool usable = find(name) != nullptr && document_->problems_.size() == problems;
  if (!usable) return {};
  auto url = Url::parse(value);
  if (url) return std::move(*url);
  report(name, std::move(url).error());
  return {};
}

bool ConfigNode::flag(std::string_view name) const {
  const json* value = find(name);
  const bool fallback = row_of(name).fallback == "true";
  if (value == nullptr) return fallback;
  if (value->is_boolean()) return value->get<bool>();
  report_type(name, "true or false");
  return fallback;
}

std::int64_t ConfigNode::integer(std::string_view name) const {
  const OptionRow& row = row_of(name);
  const std::int64_t fallback = row.fallback.empty() ? 0 : std::stoll(std::string(row.fallback));
  const json* value = find(name);
  if (value == nullptr) return fallback;
  if (!value->is_number_integer()) {
    report_type(name, "a whole number");
    return fallback;
  }
  // Beyond int64 the library keeps it unsigned; reading that as signed would wrap.
  const bool too_large = value->is_number_unsigned() &&
                         value->get<std::uint64_t>() > static_cast<std::uint64_t>(row.maximum);
  if (too_large || value->get<std::int64_t>() < row.minimum) {
    report(name, invalid("expected a whole number from " + std::to_string(row.minimum) + " to " +
                         std::to_string(row.maximum)));
    return fallback;
  }
  return value->get<std::int64_t>();
}

std::uint64_t ConfigNode::byte_size(std::string_view name) const {
  const OptionRow& row = row_of(name);
  const std::string fallback(row.fallback.empty() ? "0" : row.fallback);
  const json* value = find(name);
  if (value != nullptr && value->is_number_unsigned()) return value->get<std::uint64_t>();
  if (value != nullptr && !value->is_string()) {
    report_type(name, "a size like \"64MiB\"");
    value = nullptr;
  }
  auto size = parse_byte_size(value == nullptr ? fallback : raw_text(name));
  if (!size) {
    report(name, std::move(size).error());
    return *parse_byte_size(fallback);
  }
  if (*size < static_cast<std::uint64_t>(row.minimum)) {
    report(name, invalid("must be at least " +
                         format_byte_size(static_cast<std::uint64_t>(row.minimum))));
  }
  return *size;
}

std::chrono::milliseconds ConfigNode::duration(std::string_view name) const {
  const OptionRow& row = row_of(name);
  const std::string fallback(row.fallback.empty() ? "0s" : row.fallback);
  const json* value = find(name);
  if (value != nullptr && !value->is_string()) {
    report_type(name, "a duration like \"10s\"");
    value = nullptr;
  }
  auto duration = parse_duration(value == nullptr ? fallback : raw_text(name));
  if (duration) return *duration;
  report(name, std::move(duration).error());
  return *parse_duration(fallback);
}

std::vector<std::string> ConfigNode::texts(std::string_view name) const {
  std::vector<std::string> result;
  const json* value = find(name);
  if (value == nullptr) return result;
  const bool may_be_one = row_of(name).type == OptionType::text_list;
  if (may_be_one && value->is_string()) return {raw_text(name)};
  if (!value->is_array()) {
    report_type(name, may_be_one ? "a string or a list of strings" : "a list of strings");
    return result;
  }
  for (std::size_t i = 0; i < value->size(); ++i) {
    const json& element = (*value)[i];
    if (element.is_string()) {
      result.push_back(expanded(element.get_ref<const std::string&>(), row_of(name)));
    } else {
      document_->report(path_of(name) + "[" + std::to_string(i) + "]",
                        invalid("expected a string, found " + std::string(element.type_name())));
    }
  }
  return result;
}

ConfigNode ConfigNode::object(std::string_view name) const {
  const json* value = find(name);
  if (value != nullptr && !value->is_object()) {
    report_type(name, "an object");
    value = nullptr;
  }
  return ConfigNode(*document_, value, path_of(name), row_of(name).members);
}

std::vector<ConfigNode> ConfigNode::objects(std::string_view name) const {
  std::vector<ConfigNode> result;
  const json* value = find(name);
  if (value == nullptr) return result;
  if (!value->is_array()) {
    report_type(name, "a list of objects");
    return result;
  }
  if (row_of(name).required && value->empty()) report(name, invalid("the list is empty"));
  for (std::size_t i = 0; i < value->size(); ++i) {
    const json& element = (*value)[i];
    const std::string path = path_of(name) + "[" + std::to_string(i) + "]";
    if (element.is_object()) {
      result.push_back(ConfigNode(*document_, &element, path, row_of(name).members));
    } else {
      document_->report(path,
                        invalid("expected an object, found " + std::string(element.type_name())));
    }
  }
  return result;
}

}  // namespace tailrace
