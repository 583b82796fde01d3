#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/byte_writer.h"
#include "core/table_schema.h"

namespace tailrace::mysql {

// Statements on their way to the server, as one text: "a;SHOW WARNINGS;b;SHOW WARNINGS". Each is
// followed by the question for its warnings, so that none is overlooked, in one round trip.
class StatementBatch {
 public:
  // What is known about a statement when its answer comes.
  struct Sent {
    std::string table = {};
    std::string row = {};                        // empty: it is about many
    std::optional<std::uint64_t> expected = {};  // affected rows
    // What it means when it were others.
    enum class Otherwise : std::uint8_t { lost_lease, missing_row, lost_row };
    Otherwise otherwise = Otherwise::missing_row;
    SchemaPtr source = nullptr;  // of a row that is missing
  };

  bool empty() const { return sent_.empty(); }
  std::size_t size_bytes() const { return text_.size(); }
  std::size_t statement_count() const { return sent_.size(); }
  std::string_view text() const { return text_.text(); }
  const std::vector<Sent>& sent() const { return sent_; }

  // Where the next statement is to be written; then end().
  ByteWriter& start();
  void end(Sent sent);
  void clear();

 private:
  ByteWriter text_;
  std::vector<Sent> sent_;
};

}  // namespace tailrace::mysql
