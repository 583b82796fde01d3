#include "replicator/progress_file.h"

#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace tailrace {
namespace {

constexpr int kFormatVersion = 1;

Error file_error(const char* action, const std::filesystem::path& path, int code) {
  const bool full = code == ENOSPC || code == EDQUOT;
  return Error(full ? ErrorKind::disk_full : ErrorKind::permission,
               std::string("could not ") + action + " \"" + path.string() +
                   "\": " + std::generic_category().message(code))
      .native("errno " + std::to_string(code))
      .hint("state_dir must be writable by the user that runs tailrace");
}

// Writes and syncs a file; answers errno, or 0.
int write_synced(const std::filesystem::path& path, std::string_view text) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) return errno;
  int failed = 0;
  while (!text.empty() && failed == 0) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno != EINTR) failed = errno;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (failed == 0 && ::fsync(descriptor) != 0) failed = errno;
  ::close(descriptor);
  return failed;
}

void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

RememberedSinks parse(const std::string& text) {
  const auto root = nlohmann::json::parse(text);
  RememberedSinks sinks;
  for (const auto& [name, entry] : root.at("sinks").items()) {
    RememberedSink& sink = sinks[name];
    sink.checkpoint.source_id = entry.at("source_id").get<std::string>();
    sink.checkpoint.position.text = entry.at("position").get<std::string>();
    sink.checkpoint.commit_time_us = entry.at("commit_time_us").get<std::int64_t>();
    sink.applied = entry.at("applied").get<bool>();
  }
  return sinks;
}

}  // namespace

Result<RememberedSinks> read_progress_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file && !std::filesystem::exists(path)) return RememberedSinks();
  if (!file) return file_error("read", path, errno);
  std::ostringstream text;
  text << file.rdbuf();
  try {
    return parse(text.str());
  } catch (const nlohmann::json::exception& e) {
    return Error(ErrorKind::checkpoint_corrupt,
                 "cannot read \"" + path.string() + "\": " + e.what())
        .hint("remove the file: positions are then read from the targets");
  }
}

Status write_progress_file(const std::filesystem::path& path, const RememberedSinks& sinks) {
  nlohmann::json root;
  root["format_version"] = kFormatVersion;
  root["sinks"] = nlohmann::json::object();
  for (const auto& [name, sink] : sinks) {
    root["sinks"][name] = {{"source_id", sink.checkpoint.source_id},
                           {"position", sink.checkpoint.position.text},
                           {"commit_time_us", sink.checkpoint.commit_time_us},
                           {"applied", sink.applied}};
  }
  const std::filesystem::path temporary = path.string() + ".new";
  if (const int failed = write_synced(temporary, root.dump(2) + "\n"); failed != 0) {
    return file_error("write", temporary, failed);
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return file_error("rename", temporary, errno);
  sync_folder(path.parent_path());
  return {};
}

}  // namespace tailrace
