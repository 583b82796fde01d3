#include "app/postgres_source_options.h"

#include <algorithm>
#include <array>

#include "sinks/postgres/connection_url.h"

namespace tailrace::app {
namespace {

constexpr std::array<std::string_view, 7> kOptions{
    "slot", "publication", "create_slot", "skip_origins", "streaming", "binary", "failover"};

Error invalid(const Url& url, std::string message) {
  return Error(ErrorKind::invalid_config, std::move(message)).with(url.to_string());
}

std::vector<std::string> names_in(std::string_view text) {
  std::vector<std::string> names;
  while (true) {
    const auto comma = text.find(',');
    names.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return names;
    text.remove_prefix(comma + 1);
  }
}

// The options behind "?" of the URL, into the fields that the file fills otherwise.
class UrlOptions {
 public:
  explicit UrlOptions(SourceConfig& source) : source_(source) {}

  Status read() {
    if (auto once = check_given_once(); !once) return once;
    if (const auto slot = source_.url.option("slot")) source_.slot = *slot;
    for (const auto& [name, list] : {std::pair{"publication", &source_.publications},
                                     std::pair{"skip_origins", &source_.skip_origins}}) {
      if (auto status = read_names(name, *list); !status) return status;
    }
    for (const auto& [name, flag] :
         {std::pair{"create_slot", &source_.create_slot},
          std::pair{"streaming", &source_.streaming}, std::pair{"binary", &source_.binary},
          std::pair{"failover", &source_.failover}}) {
      if (auto status = read_flag(name, *flag); !status) return status;
    }
    return {};
  }

 private:
  Status check_given_once() const {
    for (const std::string& name : source_.given) {
      if (!source_.url.option(name)) continue;
      return invalid(source_.url, "option \"" + name + "\" is given twice, here and in the URL");
    }
    return {};
  }

  Status read_names(const char* name, std::vector<std::string>& names) const {
    const auto text = source_.url.option(name);
    if (!text) return {};
    names = names_in(*text);
    if (std::find(names.begin(), names.end(), "") == names.end()) return {};
    return invalid(source_.url, "an empty name in option \"" + std::string(name) + "\"");
  }

  Status read_flag(const char* name, bool& flag) const {
    const auto text = source_.url.option(name);
    if (!text) return {};
    flag = *text == "true";
    if (flag || *text == "false") return {};
    return invalid(source_.url, "option \"" + std::string(name) + "\" is neither true nor false");
  }

  SourceConfig& source_;
};

// The server would say so too, but only when it is reached, and late.
Status check_slot(const SourceConfig& source) {
  const bool given = !source.slot.empty() || source.url.option("slot");
  const bool usable =
      !source.slot.empty() && source.slot.size() <= 63 &&
      source.slot.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
  if (usable || !given) return {};
  return invalid(source.url, "\"" + source.slot + "\" is not usable as the name of a slot")
      .hint("at most 63 of a-z, 0-9 and _");
}

// Whoever only looks must leave nothing behind on the server.
Status check_tail(const SourceConfig& source) {
  if (!source.slot.empty() || source.create_slot) {
    return invalid(source.url, "tail has a slot of its own, which is gone when it ends")
        .hint("leave slot and create_slot out");
  }
  if (!source.publications.empty()) return {};
  return invalid(source.url, "tail of a PostgreSQL source needs a publication")
      .hint("postgresql://...?publication=NAME; CREATE PUBLICATION name FOR ALL TABLES makes one");
}

}  // namespace

Result<postgres::PostgresSourceOptions> postgres_source_options(const SourceConfig& given,
                                                                const SourceUse& use) {
  SourceConfig source = given;
  auto connection = postgres::connection_of(source.url, kOptions);
  if (!connection) return std::move(connection).error();
  if (auto read = UrlOptions(source).read(); !read) return std::move(read).error();
  if (auto slot = check_slot(source); !slot) return std::move(slot).error();
  if (use.tail) {
    if (auto tail = check_tail(source); !tail) return std::move(tail).error();
  }
  postgres::PostgresSourceOptions options;
  options.connection = std::move(*connection);
  options.pipeline = use.pipeline;
  options.tables = source.tables;
  options.slot = source.slot;
  options.publications = source.publications;
  options.create_slot = source.create_slot;
  options.failover = source.failover;
  options.temporary_slot = use.tail;
  options.skip_origins = source.skip_origins;
  options.streaming = source.streaming;
  options.binary = source.binary;
  options.spool_folder =
      use.tail ? std::filesystem::temp_directory_path() : use.state_dir / use.pipeline / "spool";
  if (!use.tail) options.tables_file = use.state_dir / use.pipeline / "source_tables.json";
  return options;
}

}  // namespace tailrace::app
