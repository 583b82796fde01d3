// What the tests share between MySQL and MariaDB.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/private_instance.h"
#include "tests/support/server_url.h"

namespace tailrace::testing {

// Runs `statements` as DatabaseServer::sql describes. With a socket path, connects through it.
std::string run_mysql_client(const std::string& program, const ServerUrl& server,
                             const std::filesystem::path& socket, std::string_view statements);

// The options that both servers understand: private, on 127.0.0.1, binary log in row format with
// full metadata; root runs the server only when it is told to.
std::vector<std::string> mysql_server_arguments(const PrivateInstance&, bool durable);

// --user=<the caller>: without it, both servers refuse to run as root.
std::string mysql_user_argument();

}  // namespace tailrace::testing
