// tailrace_compare: compare.h as a program.
#include <csignal>
#include <exception>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>

#include "tests/support/compare/compare.h"

using tailrace::testing::compare_databases;
using tailrace::testing::CompareOptions;

int main(int argc, char** argv) {
  CLI::App app{
      "Compares all tables of a source database with a copy, value by value.\n"
      "Exit status: 0 equal, 1 different, 2 something could not be read.\n"
      "Example: tailrace_compare mysql://root@127.0.0.1/shop sqlite:///tmp/shop.db"};
  std::string source;
  std::string target;
  CompareOptions options;
  bool json = false;
  bool summary = false;
  app.add_option("SOURCE", source, "mysql://, mariadb:// or postgresql:// URL")->required();
  app.add_option("TARGET", target, "postgresql://, mysql://, mariadb:// or sqlite:// URL")
      ->required();
  app.add_option("--tables", options.tables, "only these, such as 'shop.*'; may be repeated");
  app.add_option("--differences", options.most_differences, "how many to show of each table");
  app.add_flag("--json", json, "the report as JSON");
  app.add_flag("--summary", summary,
               "one line: rows at the source, rows at the target, equal or different");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }

  std::signal(SIGPIPE, SIG_IGN);  // TLS libraries write to sockets without suppressing it
  try {
    const auto report = compare_databases(source, target, options);
    if (json) {
      std::cout << to_json(report) << '\n';
    } else if (summary) {
      std::cout << report.source_rows() << ' ' << report.target_rows() << ' '
                << (report.equal() ? "equal" : "different") << '\n';
      if (!report.equal()) std::cerr << describe(report);
    } else {
      std::cout << describe(report);
    }
    return report.equal() ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << "tailrace_compare: " << error.what() << '\n';
    return 2;
  }
}
