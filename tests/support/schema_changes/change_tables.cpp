#include "tests/support/schema_changes/change_tables.h"

#include <stdexcept>

#include "tests/support/schema_changes/sql_session.h"
#include "tests/support/schema_changes/table_copy.h"

namespace tailrace::testing {
namespace {

constexpr int kTries = 200;

void try_all(SqlSession& session, const TableChange& change) {
  std::string refused;
  for (int tries = 0; tries < kTries; ++tries) {
    refused.clear();
    for (const std::string& statement : change.statements) {
      refused = session.attempt(statement);
      if (!refused.empty()) break;
    }
    if (refused.empty()) return;
  }
  throw std::runtime_error(change.name + ": " + refused);
}

}  // namespace

void change_table(const DatabaseServer& source, const TableChange& change, WrittenKeys& keys) {
  switch (change.how) {
    case TableChange::How::ghost:
      return copy_as_ghost(source, change.table, change.alter, keys);
    case TableChange::How::triggers:
      return copy_with_triggers(source, change.table, change.alter);
    case TableChange::How::statements:
      break;
  }
  const auto session = SqlSession::open(source);
  if (change.may_be_refused) return try_all(*session, change);
  for (const std::string& statement : change.statements) run_again(*session, statement);
}

}  // namespace tailrace::testing
