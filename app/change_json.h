#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/change.h"

namespace tailrace::app {

// What the changes of one transaction share.
struct ChangeOrigin {
  std::string position;  // where the transaction begins: reading from there yields it again
  std::string id;        // as the source names it
  std::int64_t commit_time_us = 0;
  std::string origin = {};  // where it was first committed; empty: not known
};

// Changes as JSON, one object per line (without its line break):
//
//   {"position":"...","id":"...","time":"2026-01-31T12:00:00.000000Z","schema":"shop",
//    "table":"orders","op":"update","key":{"id":1},"before":{...},"after":{...}}
//
// Integers that a double holds exactly are numbers, larger ones strings; floats are numbers, or
// strings where JSON has none (NaN); decimals are strings; JSON, arrays and vectors stand as they
// are; octets (bytes, geometry) are base64; everything else is text in its canonical form. A column
// that the source did not send is left out. "origin" stands behind "time" when the source knows
// where the transaction was first committed. A truncation says "cascade" and "restart_identity"
// when it has them. An application's own record in the log is
//
//   {...,"kind":"message","prefix":"app","content":"...","transactional":true}
//
// with "content_base64" instead when the content is not UTF-8. Owned by one thread.
class ChangeJson {
 public:
  // Appends to out. False when an image does not fit its schema, which only corruption can cause.
  bool append(const ChangeOrigin& origin, const Change& change, std::string& out);
  void append(const ChangeOrigin& origin, const SchemaChange& change, std::string& out);
  void append(const ChangeOrigin& origin, const Message& message, std::string& out);

 private:
  std::vector<Value> before_;
  std::vector<Value> after_;
};

}  // namespace tailrace::app
