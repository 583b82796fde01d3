// Feeds arbitrary bytes to the binlog decoder as a stream of events, the way a session does: a
// FORMAT_DESCRIPTION, TABLE_MAPs, rows, and every other event with a decoder. Input: a binlog file,
// with or without its magic. Checksums are not asked for: damage must be survived, not found.

#include <cstdint>
#include <memory>

#include "core/block.h"
#include "core/block_builder.h"
#include "extractors/mysql/event.h"
#include "extractors/mysql/row_decoder.h"
#include "extractors/mysql/statement.h"
#include "extractors/mysql/table_map.h"
#include "extractors/mysql/table_map_cache.h"

namespace tailrace::mysql {
namespace {

// Rows of many absent columns grow without limit on very little input.
constexpr std::size_t kMaxOutputBytes = std::size_t{64} << 20;

class Stream {
 public:
  explicit Stream(Bytes bytes) : in_(bytes) {
    if (as_text(bytes).starts_with("\xfe"
                                   "bin"))
      in_.skip(4);
    format_.server_version = bytes.size() % 2 == 0 ? "9.7.0" : "10.11.0-MariaDB";
  }

  void run() {
    builder_.begin({});
    while (!in_.at_end()) {
      ByteReader ahead = in_;
      ahead.skip(9);
      const std::uint32_t length = ahead.u32_le();
      if (length < EventHeader::kBytes || length > in_.remaining()) break;
      const Bytes raw = in_.bytes(length);
      static_cast<void>(parse_event(raw, true));
      // A real stream's checksums stay behind in the body: decoders must refuse or ignore them.
      if (const auto event = parse_event(raw, false)) consume(*event);
    }
    static_cast<void>(builder_.abort());
  }

 private:
  void consume(const EventView& event) {
    switch (event.header.type) {
      case EventType::format_description:
        if (auto described = decode_format_description(event)) format_ = *std::move(described);
        break;
      case EventType::table_map:
        on_table_map(event);
        break;
      case EventType::query:
      case EventType::mariadb_query_compressed:
        on_query(event);
        break;
      case EventType::rotate:
        static_cast<void>(decode_rotate(event));
        break;
      case EventType::xid:
        static_cast<void>(decode_xid(event));
        break;
      case EventType::gtid:
      case EventType::anonymous_gtid:
        static_cast<void>(decode_gtid(event));
        break;
      case EventType::previous_gtids:
        on_previous_gtids(event);
        break;
      case EventType::mariadb_gtid:
        static_cast<void>(decode_mariadb_gtid(event));
        break;
      case EventType::mariadb_gtid_list:
        static_cast<void>(decode_mariadb_gtid_list(event));
        break;
      case EventType::heartbeat:
      case EventType::heartbeat_v2:
        static_cast<void>(decode_heartbeat(event));
        break;
      case EventType::incident:
        static_cast<void>(decode_incident(event));
        break;
      default:
        on_rows(event);
        break;
    }
  }

  void on_table_map(const EventView& event) {
    const auto peeked = peek_table_map(event);
    const auto map = decode_table_map(event, format_);
    if (!peeked || !map) return;
    const auto schema = to_table_schema(*map, charsets_, nullptr);
    if (!schema) return;
    auto decoder = RowDecoder::create(*map, *schema, charsets_);
    if (decoder) tables_.put(*peeked, std::make_unique<RowDecoder>(*std::move(decoder)));
  }

  void on_rows(const EventView& event) {
    const auto rows = decode_rows_event(event);
    const auto* table = rows ? tables_.find(rows->table_id) : nullptr;
    if (table != nullptr) static_cast<void>(table->decoder->decode_rows(*rows, builder_));
  }

  void on_query(const EventView& event) {
    const auto query = decode_query(event);
    if (!query) return;
    static_cast<void>(classify_statement(query->sql_text(), query->database, query->sql_mode));
  }

  // What decodes must print and parse to the same set.
  static void on_previous_gtids(const EventView& event) {
    const auto set = decode_previous_gtids(event);
    if (!set) return;
    const auto again = GtidSet::parse(set->to_string());
    TR_ASSERT(again && *again == *set);
  }

  // What the decoder writes must be what a reader of blocks accepts.
  Status collect(const BlockPtr& block) {
    written_ += block->payload().size();
    if (written_ > kMaxOutputBytes) return Error(ErrorKind::cancelled, "enough");
    ByteWriter copy;
    copy.bytes(block->payload());
    TR_ASSERT(Block::decode(block->header(), std::move(copy)));
    return {};
  }

  ByteReader in_;
  FormatDescription format_;
  CharsetTable charsets_;
  TableMapCache tables_;
  std::size_t written_ = 0;
  BlockBuilder builder_{1, [this](BlockPtr block) { return collect(block); }};
};

}  // namespace
}  // namespace tailrace::mysql

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tailrace::mysql::Stream({reinterpret_cast<const std::byte*>(data), size}).run();
  return 0;
}
