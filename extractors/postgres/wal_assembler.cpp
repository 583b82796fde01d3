#include "extractors/postgres/wal_assembler.h"

#include <algorithm>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "config/glob.h"
#include "extractors/postgres/progress_pace.h"
#include "extractors/postgres/relation_cache.h"
#include "extractors/postgres/row_writer.h"
#include "extractors/postgres/streamed_transactions.h"

namespace tailrace::postgres {
namespace {

Error out_of_place(std::string_view message) {
  return Error(ErrorKind::stream_corrupt, fmt::format("{} message out of place", message));
}

Error sent_at_prepare(std::string_view gid) {
  return Error(ErrorKind::unsupported_protocol,
               fmt::format("the prepared transaction \"{}\" was sent before it was committed", gid))
      .hint(
          "make the replication slot without TWO_PHASE: prepared transactions then come whole, at "
          "COMMIT PREPARED");
}

Error doubtful_message() {
  return Error(
             ErrorKind::busy,
             "a logical message may be of a rolled back subtransaction, which the server does not "
             "tell of transactions that it sends while they are open")
      .hint("it is read again whole, with streaming off");
}

ColumnPlanner planner_of(Catalogue& catalogue, const DecodeContext& context) {
  return [&catalogue, context](std::uint32_t type_oid, std::int32_t type_modifier) {
    return plan_column(type_oid, type_modifier, catalogue, context);
  };
}

// The (sub)transaction that a message of a stream belongs to.
struct XidOf {
  std::uint32_t operator()(const InsertMessage& message) const { return message.xid; }
  std::uint32_t operator()(const UpdateMessage& message) const { return message.xid; }
  std::uint32_t operator()(const DeleteMessage& message) const { return message.xid; }
  std::uint32_t operator()(const TruncateMessage& message) const { return message.xid; }
  // Relation messages count even when their subtransaction was rolled back. The server has one list
  // of what it announced in the whole streamed transaction; that it forgets the list at a rollback
  // is its own affair. Whatever it announced last is what the rows behind it look like.
  template <typename Other>
  std::uint32_t operator()(const Other&) const {
    return 0;
  }
};

}  // namespace

class WalAssembler::State {
 public:
  State(Setup setup, Catalogue& catalogue)
      : setup_(std::move(setup)),
        told_(setup_.memory ? setup_.memory->state() : ToldTables::State()),
        relations_(setup_.filter, RelationPlanner(catalogue, planner_of(catalogue, setup_.decode)),
                   told_),
        streams_(relations_, StreamSpool(setup_.spool_folder, setup_.spool_memory_bytes)) {
    progress_.reported(setup_.start);
  }

  Status take(Bytes message, std::int64_t received_time_us, BlockBuilder& out);
  Status idle_at(Lsn position, std::int64_t server_time_us, bool wanted, BlockBuilder& out);
  void look(CatalogueLook look) { told_.look(std::move(look)); }
  bool wants_look() const { return !told_.has_look(); }
  const ToldTables::State& told() const { return told_.state(); }
  bool between_transactions() const { return phase_ != Phase::in_transaction; }
  Lsn last_end() const { return last_end_; }
  bool switching_to_text() const { return writer_.met_unread_binary(); }
  bool switching_off_streaming() const { return switching_off_streaming_; }

 private:
  enum class Phase { idle, in_transaction, in_stream };
  // The one between Begin and Commit, or the streamed one that is replayed.
  struct Transaction {
    std::uint32_t xid = 0;
    Lsn commit_lsn;
    std::int64_t commit_time_us = 0;
    std::string origin;
    bool skipped = false;
    bool begun = false;  // in the builder
  };

  Status on(const BeginMessage& message);
  Status on(const CommitMessage& message);
  Status on(const OriginMessage& message);
  Status on(const RelationMessage& message);
  Status on(const TypeMessage&) { return {}; }  // types are looked up in the catalogue
  Status on(const InsertMessage& message) { return write_row(message, &RowWriter::insert); }
  Status on(const UpdateMessage& message) { return write_row(message, &RowWriter::update); }
  Status on(const DeleteMessage& message) { return write_row(message, &RowWriter::remove); }
  Status on(const TruncateMessage& message);
  Status on(const LogicalMessage& message);
  Status on(const StreamStartMessage& message);
  Status on(const StreamStopMessage&) { return out_of_place("Stream Stop"); }
  Status on(const StreamCommitMessage& message);
  Status on(const StreamAbortMessage& message);
  Status on(const BeginPrepareMessage& message) { return sent_at_prepare(message.gid); }
  Status on(const PrepareMessage& message) { return sent_at_prepare(message.gid); }
  Status on(const CommitPreparedMessage& message) { return sent_at_prepare(message.gid); }
  Status on(const RollbackPreparedMessage& message) { return sent_at_prepare(message.gid); }

  template <typename Message>
  Status write_row(const Message& message,
                   Status (RowWriter::*write)(const Relation&, const Message&, BlockBuilder&));
  Status announce_rename();
  Status deliver_at_once(const LogicalMessage& message);
  Status take_in_stream(Bytes message);
  Status replay(const StreamedTransaction& stream);
  Status begin();
  void begin_record();
  Status tell(std::span<const SchemaChange> changes);
  Status tell_at(Lsn position, std::int64_t server_time_us, std::span<const SchemaChange> changes);
  void remember(Lsn needed);
  Status finish(Lsn end_lsn);
  bool skips(std::string_view origin) const;
  std::string_view print_position(Lsn lsn);
  Error located(Error error) const;

  const Setup setup_;
  ToldTables told_;
  std::uint64_t remembered_ = 0;  // its version
  RelationCache relations_;
  StreamedTransactions streams_;
  RowWriter writer_;
  Phase phase_ = Phase::idle;
  bool replaying_ = false;
  Transaction transaction_;
  bool switching_off_streaming_ = false;

  Lsn last_end_;
  ProgressPace progress_;

  // For the time of one take().
  BlockBuilder* out_ = nullptr;
  std::int64_t received_time_us_ = 0;
  // Reused, so that a transaction allocates nothing.
  std::string id_text_;
  std::string position_text_;
};

Status WalAssembler::State::take(Bytes message, std::int64_t received_time_us, BlockBuilder& out) {
  out_ = &out;
  received_time_us_ = received_time_us;
  if (phase_ == Phase::in_stream) {
    Status taken = take_in_stream(message);
    return taken ? Status() : Status(located(std::move(taken).error()));
  }
  const auto decoded = decode_message(message, {});
  if (!decoded) return located(decoded.error());
  Status done = std::visit([this](const auto& one) { return on(one); }, *decoded);
  return done ? Status() : Status(located(std::move(done).error()));
}

Status WalAssembler::State::on(const BeginMessage& message) {
  if (phase_ != Phase::idle) return out_of_place("Begin");
  phase_ = Phase::in_transaction;
  transaction_ = {message.xid, message.final_lsn, message.commit_time_us, {}, false, false};
  return {};
}

Status WalAssembler::State::on(const CommitMessage& message) {
  if (phase_ != Phase::in_transaction || message.commit_lsn != transaction_.commit_lsn) {
    return out_of_place("Commit");
  }
  return finish(message.end_lsn);
}

Status WalAssembler::State::on(const OriginMessage& message) {
  if (phase_ != Phase::in_transaction || transaction_.begun) return out_of_place("Origin");
  transaction_.origin = message.name;
  transaction_.skipped = skips(message.name);
  return {};
}

// Also of transactions that are passed over: the server does not announce them again.
Status WalAssembler::State::on(const RelationMessage& message) {
  relations_.learn(message, replaying_ ? 0 : relations_.next_arrival());
  return {};
}

template <typename Message>
Status WalAssembler::State::write_row(const Message& message,
                                      Status (RowWriter::*write)(const Relation&, const Message&,
                                                                 BlockBuilder&)) {
  if (phase_ != Phase::in_transaction) return out_of_place("row");
  if (transaction_.skipped) return {};
  const auto relation = relations_.for_rows(message.relation, transaction_.xid);
  if (!relation) return relation.error();
  if (*relation == nullptr) return {};
  if (auto begun = begin(); !begun) return begun;
  if (auto announced = announce_rename(); !announced) return announced;
  Status written = (writer_.*write)(**relation, message, *out_);
  if (written || !writer_.met_new_label()) return written;
  const auto again = relations_.replan(message.relation, transaction_.xid);
  if (!again) return again.error();
  writer_.accept_label();
  return (writer_.*write)(**again, message, *out_);
}

// No statement is logged: the table has the same oid, and another name.
Status WalAssembler::State::announce_rename() {
  auto renamed = relations_.take_renamed();
  if (!renamed) return {};
  SchemaChange change;
  change.kind = SchemaChangeKind::rename_table;
  change.tables = {std::move(renamed->from), std::move(renamed->to)};
  return out_->schema_change(change);
}

Status WalAssembler::State::on(const TruncateMessage& message) {
  if (phase_ != Phase::in_transaction) return out_of_place("Truncate");
  if (transaction_.skipped) return {};
  SchemaChange change;
  change.kind = SchemaChangeKind::truncate;
  change.cascade = message.cascade;
  change.restart_identity = message.restart_identity;
  for (const std::uint32_t oid : message.relations) {
    const auto table = relations_.for_truncate(oid, transaction_.xid);
    if (!table) return table.error();
    if (*table == nullptr) continue;
    if (auto begun = begin(); !begun) return begun;
    // Else the target, which has no such table yet, would keep the rows under its old name.
    if (auto announced = announce_rename(); !announced) return announced;
    change.tables.push_back(**table);
  }
  if (change.tables.empty()) return {};
  return out_->schema_change(change);
}

Status WalAssembler::State::on(const LogicalMessage& message) {
  const bool inside = phase_ == Phase::in_transaction;
  // What is not transactional is sent when the server comes across it, before the Begin of any
  // transaction around it, and never inside of one.
  if (inside != message.transactional) return out_of_place("Logical Decoding");
  if (!inside) return deliver_at_once(message);
  if (transaction_.skipped) return {};
  if (auto begun = begin(); !begun) return begun;
  return out_->message(
      {.prefix = message.prefix, .content = message.content, .transactional = true});
}

// A transaction of its own. Its lsn is the end of its record (seen on 15.20 and 18.6), where the
// commit record of the next transaction may start: a position behind that would pass it over. From
// the end on, the message does not come again. The id lies within the record, so that like those of
// transactions it is below the position behind it, and not below any before it.
Status WalAssembler::State::deliver_at_once(const LogicalMessage& message) {
  TR_ASSERT(phase_ != Phase::in_transaction);
  if (!message.lsn.valid()) return out_of_place("Logical Decoding");
  id_text_.clear();
  fmt::format_to(std::back_inserter(id_text_), "0:{}", Lsn{message.lsn.value - 1}.to_string());
  out_->begin({.id = id_text_, .commit_time_us = received_time_us_});
  auto written =
      out_->message({.prefix = message.prefix, .content = message.content, .transactional = false});
  if (!written) return written;
  last_end_ = message.lsn;
  progress_.reported(last_end_);
  return out_->commit({.position = print_position(last_end_),
                       .commit_time_us = received_time_us_,
                       .received_time_us = received_time_us_});
}

Status WalAssembler::State::on(const StreamStartMessage& message) {
  if (phase_ != Phase::idle) return out_of_place("Stream Start");
  if (auto started = streams_.start(message); !started) return started;
  phase_ = Phase::in_stream;
  return {};
}

Status WalAssembler::State::take_in_stream(Bytes message) {
  // Rows are decoded once, by the replay.
  const char type = message.empty() ? '\0' : static_cast<char>(message.front());
  if (type == 'I' || type == 'U' || type == 'D') return streams_.keep_rows(message);
  if (type == 'T') return streams_.keep_truncate(message);
  const auto decoded = decode_message(message, {.in_stream = true});
  if (!decoded) return decoded.error();
  if (const auto* relation = std::get_if<RelationMessage>(&*decoded)) {
    return streams_.keep(*relation, message);
  }
  if (const auto* logical = std::get_if<LogicalMessage>(&*decoded)) {
    return logical->transactional ? streams_.keep(*logical, message) : deliver_at_once(*logical);
  }
  if (const auto* origin = std::get_if<OriginMessage>(&*decoded)) {
    streams_.current().origin = origin->name;
    streams_.current().skipped = skips(origin->name);
    return {};
  }
  if (std::holds_alternative<TypeMessage>(*decoded)) return {};
  if (!std::holds_alternative<StreamStopMessage>(*decoded))
    return out_of_place("inside a stream, a");
  phase_ = Phase::idle;
  return {};
}

Status WalAssembler::State::on(const StreamAbortMessage& message) {
  if (phase_ != Phase::idle) return out_of_place("Stream Abort");
  streams_.abort(message);
  return {};
}

Status WalAssembler::State::on(const StreamCommitMessage& message) {
  StreamedTransaction* stream = streams_.find(message.xid);
  if (phase_ != Phase::idle || stream == nullptr) return out_of_place("Stream Commit");
  phase_ = Phase::in_transaction;
  transaction_ = {message.xid,    message.commit_lsn, message.commit_time_us,
                  stream->origin, stream->skipped,    false};
  if (stream->has_doubtful_message) {
    switching_off_streaming_ = true;
    return doubtful_message();
  }
  stream->sort_aborted();
  relations_.begin_replay();
  if (auto replayed = replay(*stream); !replayed) return replayed;
  relations_.end_replay(stream->announced);
  streams_.forget(message.xid);
  return finish(message.end_lsn);
}

// Straight from the spool into the block: the queue's back-pressure holds here too.
Status WalAssembler::State::replay(const StreamedTransaction& stream) {
  replaying_ = true;
  StreamSpool::Reader messages = streams_.read(stream.xid);
  while (true) {
    const auto bytes = messages.next();
    if (!bytes) return bytes.error();
    if (!*bytes) break;
    const auto decoded = decode_message(**bytes, {.in_stream = true});
    if (!decoded) return decoded.error();
    if (stream.is_aborted(std::visit(XidOf(), *decoded))) continue;
    if (auto done = std::visit([this](const auto& one) { return on(one); }, *decoded); !done) {
      return done;
    }
  }
  replaying_ = false;
  return {};
}

// By the first captured change: a transaction without one leaves no trace but its position. All
// that was committed before it has been sent.
Status WalAssembler::State::begin() {
  if (transaction_.begun) return {};
  begin_record();
  return tell(told_.tell(transaction_.commit_lsn));
}

void WalAssembler::State::begin_record() {
  transaction_.begun = true;
  id_text_.clear();
  fmt::format_to(std::back_inserter(id_text_), "{}:{}", transaction_.xid,
                 transaction_.commit_lsn.to_string());
  out_->begin({.id = id_text_,
               .commit_time_us = transaction_.commit_time_us,
               .origin = transaction_.origin});
}

Status WalAssembler::State::tell(std::span<const SchemaChange> changes) {
  for (const SchemaChange& change : changes) {
    if (auto told = out_->schema_change(change); !told) return told;
  }
  return {};
}

Status WalAssembler::State::finish(Lsn end_lsn) {
  phase_ = Phase::idle;
  last_end_ = end_lsn;
  if (!transaction_.begun && !transaction_.skipped) {
    const auto changes = told_.tell(transaction_.commit_lsn);
    if (!changes.empty()) begin_record();
    if (auto told = tell(changes); !told) return told;
  }
  if (transaction_.begun) {
    progress_.reported(end_lsn);
    auto committed = out_->commit({.position = print_position(end_lsn),
                                   .commit_time_us = transaction_.commit_time_us,
                                   .received_time_us = received_time_us_});
    if (committed) remember(end_lsn);
    return committed;
  }
  remember({});
  if (!progress_.is_due_behind(end_lsn, received_time_us_)) return {};
  return out_->progress(
      {.position = print_position(end_lsn), .source_time_us = transaction_.commit_time_us});
}

Status WalAssembler::State::idle_at(Lsn position, std::int64_t server_time_us, bool wanted,
                                    BlockBuilder& out) {
  if (phase_ == Phase::in_transaction) return {};
  if (position >= progress_.last()) {
    out_ = &out;
    const auto changes = told_.tell(position);
    if (!changes.empty()) return tell_at(position, server_time_us, changes);
    remember({});
  }
  if (!progress_.is_due_idle(position, server_time_us, wanted)) return {};
  return out.progress(
      {.position = print_position(position), .source_time_us = server_time_us, .wanted = wanted});
}

// A transaction of its own. A sink may have come to that place before, where there was nothing: the
// id says that it does not have this one, which may be applied twice. So only what lies behind
// proves that it has.
Status WalAssembler::State::tell_at(Lsn position, std::int64_t server_time_us,
                                    std::span<const SchemaChange> changes) {
  id_text_.clear();
  fmt::format_to(std::back_inserter(id_text_), "0:{}", position.to_string());
  out_->begin({.id = id_text_, .commit_time_us = server_time_us});
  if (auto told = tell(changes); !told) return told;
  progress_.reported(position);
  auto committed = out_->commit({.position = print_position(position),
                                 .commit_time_us = server_time_us,
                                 .received_time_us = server_time_us});
  if (committed) remember(Lsn{position.value + 1});
  return committed;
}

// For the sessions behind this one. needed: where the sinks have what was told.
void WalAssembler::State::remember(Lsn needed) {
  if (!setup_.memory || told_.version() == remembered_) return;
  remembered_ = told_.version();
  setup_.memory->put(told_.state(), needed);
}

bool WalAssembler::State::skips(std::string_view origin) const {
  return std::any_of(setup_.skip_origins.begin(), setup_.skip_origins.end(),
                     [&](const std::string& pattern) { return glob_matches(pattern, origin); });
}

std::string_view WalAssembler::State::print_position(Lsn lsn) {
  position_text_ = WalPosition{lsn, setup_.timeline}.to_position().text;
  return position_text_;
}

Error WalAssembler::State::located(Error error) const {
  if (phase_ != Phase::in_transaction) {
    return std::move(error).with("position " + last_end_.to_string());
  }
  return std::move(error).with(
      fmt::format("transaction {}:{}", transaction_.xid, transaction_.commit_lsn.to_string()));
}

WalAssembler::WalAssembler(Setup setup, Catalogue& catalogue)
    : state_(std::make_unique<State>(std::move(setup), catalogue)) {}

WalAssembler::~WalAssembler() = default;

Status WalAssembler::take(Bytes message, std::int64_t received_time_us, BlockBuilder& out) {
  return state_->take(message, received_time_us, out);
}

Status WalAssembler::idle_at(Lsn position, std::int64_t server_time_us, bool wanted,
                             BlockBuilder& out) {
  return state_->idle_at(position, server_time_us, wanted, out);
}

void WalAssembler::look(CatalogueLook look) {
  state_->look(std::move(look));
}

bool WalAssembler::wants_look() const {
  return state_->wants_look();
}

const ToldTables::State& WalAssembler::told() const {
  return state_->told();
}

bool WalAssembler::between_transactions() const {
  return state_->between_transactions();
}

Lsn WalAssembler::last_end() const {
  return state_->last_end();
}

bool WalAssembler::switching_to_text() const {
  return state_->switching_to_text();
}

bool WalAssembler::switching_off_streaming() const {
  return state_->switching_off_streaming();
}

}  // namespace tailrace::postgres
