#pragma once

// Turns pgoutput messages into records of blocks: what the extractor does, without its connection.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/capture_filter.h"
#include "core/block_builder.h"
#include "extractors/postgres/catalogue.h"
#include "extractors/postgres/column_plan.h"
#include "extractors/postgres/pgoutput.h"
#include "extractors/postgres/table_memory.h"

namespace tailrace::postgres {

// States of the stream, in the order in which messages may come:
//
//   idle            between transactions
//   in_transaction  between Begin and Commit
//   in_stream       between Stream Start and Stream Stop: everything goes to the spool
//
// A transaction is begun in the builder by its first captured change; one that has none becomes a
// Progress record. Transactions of skipped origins are passed over whole. A streamed transaction is
// kept in its spool file, and replayed at Stream Commit without the changes of aborted
// subtransactions; Stream Abort forgets it. Belongs to the extractor's thread; dropped with its
// session, because the server sends everything that was not confirmed again.
class WalAssembler {
 public:
  struct Setup {
    CaptureFilter filter;
    std::vector<std::string> skip_origins = {};  // patterns (config/glob.h)
    std::filesystem::path spool_folder = {};     // for streamed transactions; made when needed
    std::uint64_t spool_memory_bytes = std::uint64_t{8} << 20;  // before they go to files
    std::uint32_t timeline = 1;                                 // of the positions
    DecodeContext decode = {};
    // Where the stream begins. The server reads its log from an earlier place and tells of that
    // meanwhile: no position before this one is ever reported.
    Lsn start = {};
    // What earlier sessions have told of tables; nothing: this is the only one.
    std::shared_ptr<TableMemory> memory = nullptr;
  };

  WalAssembler(Setup setup, Catalogue& catalogue);
  ~WalAssembler();

  // One XLogData payload. received_time_us: our clock. Errors name transaction and table; the
  // session ends with them. `busy` after switching_to_text() or switching_off_streaming() turned
  // true.
  Status take(Bytes message, std::int64_t received_time_us, BlockBuilder& out);

  // The server has sent everything that concerns us up to here (keepalive). Makes a Progress record
  // when nothing is open, and the position is new and not just behind the last one: at most
  // ten a second unless wanted.
  Status idle_at(Lsn position, std::int64_t server_time_us, bool wanted, BlockBuilder& out);

  // What a look at the catalogue found is told where the stream comes to its position: within the
  // next transaction, or in one of its own. Only when wants_look().
  void look(CatalogueLook look);
  bool wants_look() const;  // the one before was told
  const ToldTables::State& told() const;

  // Nothing begun and not ended, streamed transactions apart.
  bool between_transactions() const;
  // The end of the last transaction taken.
  Lsn last_end() const;
  // A binary value came for a type that is only read as text: the next session must not ask for
  // binary values.
  bool switching_to_text() const;
  // A streamed transaction has a logical message of which the stream does not tell whether it was
  // rolled back: the next session must ask for transactions that are whole (streaming off) until
  // that one has passed.
  bool switching_off_streaming() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace tailrace::postgres
