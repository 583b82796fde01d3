#include "extractors/postgres/continuity.h"

#include <algorithm>

#include <fmt/format.h>

namespace tailrace::postgres {
namespace {

Error lost(std::string message) {
  return Error(ErrorKind::position_lost, std::move(message)).hint(start_anew_hint());
}

Error changed(std::string message) {
  return Error(ErrorKind::source_changed, std::move(message))
      .hint(
          "check that the URL names the right server and database; if it was restored or lost "
          "transactions in a failover, copy the tables anew");
}

Error wrong_settings(std::string message, std::string cure) {
  return Error(ErrorKind::source_settings, std::move(message)).hint(std::move(cure));
}

}  // namespace

std::string start_anew_hint() {
  return "the changes behind our position are gone at the source: run tailrace position "
         "--drop-slot, copy the tables anew, and start with --create-slot";
}

Status check_slot(const std::optional<SlotFacts>& slot, const std::string& name,
                  const ServerFacts& facts) {
  if (!slot) {
    return lost(fmt::format(
        "the replication slot {} does not exist on {}: it was dropped, or this server was promoted "
        "without it",
        name, facts.address));
  }
  if (slot->plugin != "pgoutput") {
    return wrong_settings(
        slot->plugin.empty()
            ? fmt::format("the replication slot {} is a physical one", name)
            : fmt::format("the replication slot {} uses the plugin {}", name, slot->plugin),
        "tailrace needs a logical slot with the plugin pgoutput: name another one");
  }
  if (slot->database != facts.database) {
    return wrong_settings(
        fmt::format("the replication slot {} belongs to the database \"{}\"", name, slot->database),
        fmt::format("name one of the database \"{}\"", facts.database));
  }
  if (slot->two_phase) {
    return wrong_settings(
        fmt::format("the replication slot {} sends prepared transactions before they are committed",
                    name),
        "drop it, and create it anew without TWO_PHASE");
  }
  if (slot->is_lost()) {
    return lost(fmt::format("the replication slot {} is {}", name, slot->state()));
  }
  if (slot->synced && facts.is_standby) {
    return wrong_settings(
        fmt::format("{} is a standby that only keeps a copy of the replication slot {}",
                    facts.address, name),
        "name the primary in the URL, or all servers: host1:5432,host2:5432");
  }
  return {};
}

Status check_slot_is_free(const SlotFacts& slot) {
  if (slot.active_pid == 0) return {};
  return Error(ErrorKind::busy,
               fmt::format("the replication slot {} is in use by process {}{}{}", slot.name,
                           slot.active_pid, slot.user.empty() ? "" : ", ", slot.user))
      .hint(
          "stop the other client, or give this pipeline a slot of its own; a session of a tailrace "
          "that died ends within wal_sender_timeout");
}

Status check_identity(const ServerFacts& facts, const std::string& source_id) {
  const std::string theirs = facts.source_id();
  if (source_id.empty() || source_id == theirs) return {};
  const std::string_view cluster = std::string_view(source_id).substr(0, source_id.find('/'));
  if (cluster == facts.system_identifier) {
    return changed(fmt::format(
        "the database \"{}\" is not the one that the checkpoint belongs to ({}, not {}): it was "
        "dropped and created anew, or another one is named",
        facts.database, theirs, source_id));
  }
  return changed(
      fmt::format("{} is another database cluster than the one that the checkpoint belongs to "
                  "(system identifier {}, not {})",
                  facts.address, facts.system_identifier, cluster));
}

Status check_timeline(const ServerFacts& facts, const WalPosition& ours,
                      std::span<const TimelineSwitch> history) {
  if (ours.timeline == 0 || ours.timeline == facts.timeline) return {};
  if (ours.timeline > facts.timeline) {
    return changed(fmt::format("{} is on timeline {}, and the checkpoint on timeline {}",
                               facts.address, facts.timeline, ours.timeline));
  }
  const auto left = std::find_if(history.begin(), history.end(), [&](const TimelineSwitch& entry) {
    return entry.timeline == ours.timeline;
  });
  if (left == history.end()) {
    return changed(
        fmt::format("timeline {} of the checkpoint is not in the history of {} (timeline {})",
                    ours.timeline, facts.address, facts.timeline));
  }
  if (ours.lsn <= left->end) return {};
  return changed(
      fmt::format("{} left timeline {} at {}, before our position {}: it lacks transactions that "
                  "were applied already",
                  facts.address, ours.timeline, left->end.to_string(), ours.lsn.to_string()));
}

Status check_place(const ServerFacts& facts, const SlotFacts& slot, const WalPosition& ours) {
  if (slot.confirmed > ours.lsn) {
    return lost(
        fmt::format("the replication slot {} is at {}, ahead of our position {}: it was created "
                    "anew or advanced by somebody else",
                    slot.name, slot.confirmed.to_string(), ours.lsn.to_string()));
  }
  if (ours.lsn > facts.log_end) {
    return changed(
        fmt::format("the log of {} ends at {}, before our position {}: it was restored from an "
                    "older backup, or lost transactions in a failover",
                    facts.address, facts.log_end.to_string(), ours.lsn.to_string()));
  }
  return {};
}

}  // namespace tailrace::postgres
