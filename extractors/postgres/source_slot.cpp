#include "extractors/postgres/source_slot.h"

#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "extractors/postgres/continuity.h"
#include "extractors/postgres/publication.h"
#include "extractors/postgres/slot.h"

namespace tailrace::postgres {
namespace {

Error without_slot(const std::string& name) {
  return Error(ErrorKind::source_settings,
               fmt::format("the replication slot {} does not exist", name))
      .hint(
          "start with --create-slot (source.create_slot): the server then keeps its log from that "
          "moment on, until every sink has it");
}

// Passed over in silence would be what came before the slot.
Status check_between(const SlotFacts& slot, const ServerFacts& facts, const WalPosition& position) {
  if (position.lsn < slot.confirmed) {
    return Error(ErrorKind::invalid_config,
                 fmt::format("{} is before the place of the replication slot {}, {}",
                             position.lsn.to_string(), slot.name, slot.confirmed.to_string()))
        .hint("the log before the slot's place cannot be read");
  }
  if (position.lsn > facts.log_end) {
    return Error(ErrorKind::invalid_config,
                 fmt::format("{} is behind the end of the log, {}", position.lsn.to_string(),
                             facts.log_end.to_string()));
  }
  return {};
}

}  // namespace

// A slot's place is where a pipeline begins: nothing before it can be read, nothing behind it is
// passed over.
Result<Lsn> SourceSlot::begin(Connection& connection, const ServerFacts& facts) const {
  const std::string name = options_.slot_name();
  auto slot = read_slot(connection, name);
  if (!slot) return std::move(slot).error();
  if (*slot) {
    if (auto fine = check_slot(*slot, name, facts); !fine) return std::move(fine).error();
    return (*slot)->confirmed;
  }
  if (!options_.create_slot) return without_slot(name);
  return make(connection, facts);
}

Status SourceSlot::check_start(Connection& connection, const ServerFacts& facts,
                               const WalPosition& position) const {
  const std::string name = options_.slot_name();
  auto slot = read_slot(connection, name);
  if (!slot) return std::move(slot).error();
  if (!*slot) return without_slot(name);
  if (auto fine = check_slot(*slot, name, facts); !fine) return fine;
  return check_between(**slot, facts, position);
}

Result<bool> SourceSlot::make_publication(Connection& connection, const ServerFacts& facts) const {
  auto published = read_published(connection, options_.publication_names());
  if (!published) return std::move(published).error();
  if (!options_.owns_publication() || !published->publications.empty()) {
    if (auto fine = check_publications(options_, *published); !fine) return std::move(fine).error();
    return false;
  }
  auto tables = read_tables(connection);
  if (!tables) return std::move(tables).error();
  auto planned = plan_publication(options_, filter_, facts, *tables);
  if (!planned) return std::move(planned).error();
  if (auto made = create_publication(connection, *planned); !made) return std::move(made).error();
  return true;
}

// The publication comes first: the server decodes with the catalogue as it was at each place of the
// log, and does not know a publication that was made later.
Result<Lsn> SourceSlot::make(Connection& connection, const ServerFacts& facts) const {
  if (!facts.slots.has_room()) {
    return Error(ErrorKind::source_settings,
                 fmt::format("all {} replication slots are in use", facts.slots.most))
        .hint("drop one that is not needed, or raise max_replication_slots and restart the server");
  }
  auto publication_made = make_publication(connection, facts);
  if (!publication_made) return std::move(publication_made).error();
  const NewSlot slot{
      .name = options_.slot_name(), .failover = options_.failover, .temporary = false};
  auto place = create_slot(connection, slot, facts, options_.longest_slot_wait);
  if (!place && *publication_made) {
    // What is left behind if this fails, too, is used by the next attempt.
    static_cast<void>(drop_publication(connection, options_.publication_names().front()));
  }
  return place;
}

Result<std::optional<Retention>> SourceSlot::retention(Connection& connection,
                                                       const ServerFacts& facts) const {
  const std::string name = options_.slot_name();
  auto slot = read_slot(connection, name);
  if (!slot) return std::move(slot).error();
  Retention kept{.name = "replication slot " + name, .confirmed = {}, .bytes = 0, .state = {}};
  if (!*slot) {
    kept.state = "missing";
    return std::optional(std::move(kept));
  }
  kept.confirmed = WalPosition{(*slot)->confirmed, facts.timeline}.to_position();
  kept.bytes = (*slot)->retained_bytes;
  kept.state = (*slot)->state();
  return std::optional(std::move(kept));
}

Result<std::string> SourceSlot::release(Connection& connection) const {
  const std::string name = options_.slot_name();
  auto slot = read_slot(connection, name);
  if (!slot) return std::move(slot).error();
  std::vector<std::string> given_up;
  if (*slot) {
    if (auto free = check_slot_is_free(**slot); !free) return std::move(free).error();
    if (auto dropped = drop_slot(connection, name); !dropped) return std::move(dropped).error();
    given_up.push_back(fmt::format("replication slot {}, at {}, which kept {} MiB of log", name,
                                   (*slot)->confirmed.to_string(), (*slot)->retained_bytes >> 20));
  }
  if (options_.owns_publication()) {
    const std::string publication = options_.publication_names().front();
    auto published = read_published(connection, options_.publication_names());
    if (!published) return std::move(published).error();
    if (!published->publications.empty()) {
      auto dropped = drop_publication(connection, publication);
      if (!dropped) return std::move(dropped).error();
      given_up.push_back("publication " + publication);
    }
  }
  if (given_up.empty()) return "nothing: there is no replication slot " + name;
  return fmt::format("{}", fmt::join(given_up, "; "));
}

}  // namespace tailrace::postgres
