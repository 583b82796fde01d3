#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "extractors/postgres/pgoutput.h"
#include "extractors/postgres/relation_cache.h"
#include "extractors/postgres/stream_spool.h"

namespace tailrace::postgres {

// One transaction that the server sends while it is open, beside its messages in the spool.
struct StreamedTransaction {
  std::uint32_t xid = 0;
  std::string origin;
  bool skipped = false;  // of an origin that is passed over: only its Relation messages are kept
  RelationCache::Announcements announced;
  std::vector<std::uint32_t> aborted;  // subtransactions, for good: an xid does not come back
  bool has_message = false;            // a transactional logical message
  // A message may be of a subtransaction that was rolled back, see StreamedTransactions::abort.
  bool has_doubtful_message = false;

  // Before is_aborted() is asked.
  void sort_aborted();
  bool is_aborted(std::uint32_t subxid) const;
};

// The transactions that are open in the stream. Their segments alternate, and each change says of
// which subtransaction it is. What will not be needed is not spooled: rows of tables that are not
// captured, and everything of skipped origins, Relation messages apart.
class StreamedTransactions {
 public:
  StreamedTransactions(RelationCache& relations, StreamSpool spool)
      : relations_(relations), spool_(std::move(spool)) {}

  Status start(const StreamStartMessage& message);
  // The one whose segment is being received.
  StreamedTransaction& current() { return *current_; }
  // Keeps a message of the current segment.
  Status keep(const RelationMessage& message, Bytes bytes);
  Status keep(const LogicalMessage& message, Bytes bytes);
  Status keep_rows(Bytes bytes);  // Insert, Update, Delete
  Status keep_truncate(Bytes bytes);

  void abort(const StreamAbortMessage& message);
  // nullptr: there is none.
  StreamedTransaction* find(std::uint32_t xid);
  StreamSpool::Reader read(std::uint32_t xid) const { return spool_.read(xid); }
  void forget(std::uint32_t xid);

 private:
  RelationCache& relations_;
  StreamSpool spool_;
  std::unordered_map<std::uint32_t, StreamedTransaction> open_;
  StreamedTransaction* current_ = nullptr;
};

}  // namespace tailrace::postgres
