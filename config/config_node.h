#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "config/option_table.h"
#include "config/secrets.h"
#include "config/url.h"
#include "core/result.h"

namespace tailrace {

class ConfigNode;

// A configuration file while it is read: its JSON, and every problem found so far, so that a person
// sees all of them at once. Readers never fail; whoever made the document asks for problems()
// at the end. Used by one thread.
class ConfigDocument {
 public:
  // JSON with // and /* */ comments. file_name is for messages.
  static Result<std::unique_ptr<ConfigDocument>> parse(std::string_view text, std::string file_name,
                                                       SecretStore secrets);
  ~ConfigDocument();

  ConfigNode root(OptionTable table);
  // Each names the file and the path: "tailrace.json: pipelines[0].sinks[1].url: ...".
  const std::vector<Error>& problems() const { return problems_; }

 private:
  friend class ConfigNode;
  ConfigDocument(std::string file_name, SecretStore secrets);
  void report(const std::string& path, Error problem);

  std::string file_name_;
  SecretStore secrets_;
  std::unique_ptr<nlohmann::json> json_;
  std::vector<Error> problems_;
};

// One object of the file, read by the option table that describes it. Making it reports unknown
// and missing members. Every name asked for must be in the table. A member that is absent, or
// that was reported, reads as its default, or else as empty.
class ConfigNode {
 public:
  bool has(std::string_view name) const;

  std::string text(std::string_view name) const;  // text, choice; references expanded
  Secret secret(std::string_view name) const;
  Url url(std::string_view name) const;  // an empty scheme when it could not be read
  bool flag(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  std::uint64_t byte_size(std::string_view name) const;
  std::chrono::milliseconds duration(std::string_view name) const;
  std::vector<std::string> texts(std::string_view name) const;  // texts, text_list
  ConfigNode object(std::string_view name) const;               // as if empty when absent
  std::vector<ConfigNode> objects(std::string_view name) const;

  // For checks that go beyond one value: the problem is of this member.
  void report(std::string_view name, Error problem) const;
  // "pipelines[0].source"
  const std::string& path() const { return path_; }

 private:
  friend class ConfigDocument;
  ConfigNode(ConfigDocument& document, const nlohmann::json* json, std::string path,
             OptionTable table);
  void check_members() const;
  const OptionRow& row_of(std::string_view name) const;
  const nlohmann::json* find(std::string_view name) const;
  std::string path_of(std::string_view name) const;
  void report_type(std::string_view name, std::string_view expected) const;
  std::string expanded(const std::string& text, const OptionRow& row) const;
  std::string raw_text(std::string_view name) const;
  void check_choice(const OptionRow& row, const std::string& value) const;

  ConfigDocument* document_;
  const nlohmann::json* json_;  // nullptr: absent, or not an object
  std::string path_;
  OptionTable table_;
};

}  // namespace tailrace
