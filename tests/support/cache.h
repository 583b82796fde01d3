// What is kept between test runs: fetched servers and initialised data directories.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace tailrace::testing {

// The same folder as `tailrace_cache` in scripts/lib.sh.
std::filesystem::path cache_directory();

// The folder `templates/<name>` in the cache, made by `initialise` when it is not there yet. Tests
// that run at the same time wait for each other; a folder appears complete or not at all.
std::filesystem::path data_template(
    const std::string& name,
    const std::function<void(const std::filesystem::path& empty_folder)>& initialise);

// Copies a template, owners included, sharing blocks where the file system can and keeping holes.
void copy_tree(const std::filesystem::path& from, const std::filesystem::path& to);

// The root of the MySQL 9 and PostgreSQL 18 that scripts/fetch-servers unpacked, or an empty path.
std::filesystem::path fetched_servers();

}  // namespace tailrace::testing
