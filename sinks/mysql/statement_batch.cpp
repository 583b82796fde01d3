#include "sinks/mysql/statement_batch.h"

namespace tailrace::mysql {

ByteWriter& StatementBatch::start() {
  if (!text_.empty()) text_.character(';');
  return text_;
}

void StatementBatch::end(Sent sent) {
  text_.text(";SHOW WARNINGS");
  sent_.push_back(std::move(sent));
}

void StatementBatch::clear() {
  text_.clear();
  sent_.clear();
}

}  // namespace tailrace::mysql
