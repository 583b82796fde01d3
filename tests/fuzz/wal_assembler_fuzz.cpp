// Feeds arbitrary messages to the assembler, the way a session does, with the decoders of all
// built-in types and a catalogue that knows no tables. Input: u16 big endian length and that many
// bytes, again and again (a recording of tests/fixtures/postgres in this form).

#include <cstdint>
#include <filesystem>

#include "core/assert.h"
#include "core/block.h"
#include "core/block_builder.h"
#include "extractors/postgres/builtin_types.h"
#include "extractors/postgres/wal_assembler.h"

namespace tailrace::postgres {
namespace {

constexpr std::size_t kMaxOutputBytes = std::size_t{64} << 20;
constexpr std::int64_t kStepUs = 700'000;

class BuiltinTypes final : public Catalogue {
 public:
  Result<TypePtr> type(std::uint32_t oid) override {
    if (auto builtin = find_builtin_type(oid)) return builtin;
    return Error(ErrorKind::schema_mismatch, "no such type");
  }
  Result<std::optional<RelationFacts>> relation(std::uint32_t) override {
    return std::optional<RelationFacts>();
  }
  void forget(std::uint32_t) override {}
};

class Session {
 public:
  void run(Bytes input) {
    ByteReader in(input);
    while (!in.at_end()) {
      const Bytes message = in.bytes(in.u16_be());
      if (!in.ok()) break;
      const auto taken = assembler_.take(message, now_us_ += kStepUs, builder_);
      if (!taken) break;
      TR_ASSERT(!assembler_.between_transactions() || !builder_.in_transaction());
      const Lsn end = assembler_.last_end();
      if (!assembler_.idle_at(end, now_us_, now_us_ % 3 == 0, builder_)) break;
    }
    static_cast<void>(builder_.abort());
    static_cast<void>(builder_.flush());
  }

 private:
  static WalAssembler::Setup setup() {
    return {.filter = *CaptureFilter::create({"!*.hidden"}, {}),
            .skip_origins = {"skip*"},
            .spool_folder = std::filesystem::temp_directory_path(),
            .spool_memory_bytes = 512};
  }

  // What comes out must be what a reader of blocks accepts.
  Status collect(const BlockPtr& block) {
    written_ += block->payload().size();
    if (written_ > kMaxOutputBytes) return Error(ErrorKind::cancelled, "enough");
    ByteWriter copy;
    copy.bytes(block->payload());
    TR_ASSERT(Block::decode(block->header(), std::move(copy)));
    return {};
  }

  BuiltinTypes catalogue_;
  WalAssembler assembler_{setup(), catalogue_};
  std::int64_t now_us_ = 0;
  std::size_t written_ = 0;
  BlockBuilder builder_{1, [this](BlockPtr block) { return collect(block); }};
};

}  // namespace
}  // namespace tailrace::postgres

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tailrace::postgres::Session().run({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}
