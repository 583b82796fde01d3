#include "clients/sqlite/classify.h"

#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace tailrace::sqlite {
namespace {

// Numbers as in SQLite's documentation: the header belongs to clients/sqlite alone.
TEST(SqliteClassify, EveryCodeHasItsKind) {
  const std::vector<std::pair<int, ErrorKind>> cases = {
      {1, ErrorKind::schema_mismatch},         // ERROR
      {2, ErrorKind::internal},                // INTERNAL
      {3, ErrorKind::permission},              // PERM
      {5, ErrorKind::busy},                    // BUSY
      {5 | 2 << 8, ErrorKind::busy},           // BUSY_SNAPSHOT
      {6, ErrorKind::busy},                    // LOCKED
      {7, ErrorKind::busy},                    // NOMEM
      {8, ErrorKind::permission},              // READONLY
      {9, ErrorKind::cancelled},               // INTERRUPT
      {10, ErrorKind::unreachable},            // IOERR
      {10 | 12 << 8, ErrorKind::busy},         // IOERR_NOMEM
      {11, ErrorKind::unclassified},           // CORRUPT
      {13, ErrorKind::disk_full},              // FULL
      {14, ErrorKind::permission},             // CANTOPEN
      {15, ErrorKind::busy},                   // PROTOCOL
      {17, ErrorKind::busy},                   // SCHEMA
      {18, ErrorKind::unsupported_value},      // TOOBIG
      {19, ErrorKind::row_rejected},           // CONSTRAINT
      {19 | 8 << 8, ErrorKind::row_rejected},  // CONSTRAINT_UNIQUE
      {20, ErrorKind::row_rejected},           // MISMATCH
      {21, ErrorKind::internal},               // MISUSE
      {23, ErrorKind::permission},             // AUTH
      {26, ErrorKind::unclassified},           // NOTADB
      {200, ErrorKind::unclassified},
  };
  for (const auto& [code, kind] : cases) EXPECT_EQ(classify(code), kind) << code;
}

}  // namespace
}  // namespace tailrace::sqlite
