#include "extractors/postgres/streamed_transactions.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tailrace::postgres {

void StreamedTransaction::sort_aborted() {
  std::sort(aborted.begin(), aborted.end());
}

bool StreamedTransaction::is_aborted(std::uint32_t subxid) const {
  return std::binary_search(aborted.begin(), aborted.end(), subxid);
}

Status StreamedTransactions::start(const StreamStartMessage& message) {
  const bool known = open_.contains(message.xid);
  if (known == message.first_segment) {
    return Error(ErrorKind::stream_corrupt,
                 fmt::format("{} segment of the streamed transaction {}",
                             known ? "a second first" : "no first", message.xid));
  }
  current_ = &open_[message.xid];
  current_->xid = message.xid;
  return {};
}

// Kept in any case: the server will not announce it again only because nobody read the rows.
Status StreamedTransactions::keep(const RelationMessage& message, Bytes bytes) {
  current_->announced[message.oid] = {relations_.next_arrival(), relations_.captures(message)};
  return spool_.append(current_->xid, bytes);
}

Status StreamedTransactions::keep(const LogicalMessage&, Bytes bytes) {
  if (current_->skipped) return {};
  current_->has_message = true;
  return spool_.append(current_->xid, bytes);
}

Status StreamedTransactions::keep_rows(Bytes bytes) {
  ByteReader in(bytes);
  in.skip(1 + sizeof(std::uint32_t));  // type, xid
  const std::uint32_t oid = in.u32_be();
  if (current_->skipped) return {};
  const auto announced = current_->announced.find(oid);
  // What is wrong with a message that was not announced or is cut off, its replay will say.
  if (announced != current_->announced.end() && !announced->second.captured) return {};
  return spool_.append(current_->xid, bytes);
}

Status StreamedTransactions::keep_truncate(Bytes bytes) {
  return current_->skipped ? Status() : spool_.append(current_->xid, bytes);
}

// Rows and truncates carry the xid of their subtransaction; logical messages carry that of the
// whole transaction, even inside of a subtransaction (seen on 15.20 and 18.6). So those that came
// before the abort may be of the subtransaction or not.
void StreamedTransactions::abort(const StreamAbortMessage& message) {
  if (message.subxid == message.xid) {
    forget(message.xid);
    return;
  }
  StreamedTransaction* transaction = find(message.xid);
  if (transaction == nullptr) return;  // nothing is kept of it
  transaction->aborted.push_back(message.subxid);
  transaction->has_doubtful_message = transaction->has_message;
}

StreamedTransaction* StreamedTransactions::find(std::uint32_t xid) {
  const auto found = open_.find(xid);
  return found == open_.end() ? nullptr : &found->second;
}

void StreamedTransactions::forget(std::uint32_t xid) {
  spool_.drop(xid);
  open_.erase(xid);
  current_ = nullptr;
}

}  // namespace tailrace::postgres
