#pragma once

#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tailrace {

// What went wrong, as far as the decision "retry, wait for a person, or stop" needs it. Components
// only classify native codes into a kind; replicator/retry_policy.cpp alone decides what follows.
enum class ErrorKind : std::uint8_t {
  // transient: back off and try again, for ever
  unreachable,
  shutting_down,
  timeout,
  busy,             // deadlock, lock wait, quota
  commit_in_doubt,  // the connection went while COMMIT was under way
  // blocked: needs a person; retried slowly, so that a repair is picked up without a restart
  auth,
  permission,
  schema_mismatch,
  row_rejected,
  unsupported_value,
  source_settings,
  disk_full,
  unclassified,
  // fatal: the pipeline (or the sink) stops, its checkpoint stays
  position_lost,
  stream_corrupt,
  unsupported_protocol,  // an event, flag or type that this version does not know
  checkpoint_corrupt,
  source_changed,
  fenced,  // another daemon took this sink over
  invalid_config,
  internal,
  // stopped: not an error
  cancelled,
};

std::string_view to_string(ErrorKind kind);

// One failure: a short fact, where it happened (context frames, innermost first), what to do about
// it (hint), and the code the server or the system gave. Never holds credentials, and no row values
// but the key of the row that a person must find.
class [[nodiscard]] Error {
 public:
  Error(ErrorKind kind, std::string message,
        std::source_location where = std::source_location::current())
      : kind_(kind), message_(std::move(message)), where_(where) {}
  Error(const Error&) = default;
  Error(Error&&) noexcept = default;
  Error& operator=(const Error&) = default;
  // "error = std::move(error).with(...)" assigns an error to itself: nothing may be lost by it.
  Error& operator=(Error&& other) noexcept {
    if (this == &other) return *this;
    kind_ = other.kind_;
    message_ = std::move(other.message_);
    hint_ = std::move(other.hint_);
    native_ = std::move(other.native_);
    context_ = std::move(other.context_);
    where_ = other.where_;
    return *this;
  }
  ~Error() = default;

  // Adds a frame on the way up: "pipeline accounts", "table shop.orders", "position mysql-bin.3:4".
  Error&& with(std::string frame) && {
    context_.push_back(std::move(frame));
    return std::move(*this);
  }
  Error&& hint(std::string text) && {
    hint_ = std::move(text);
    return std::move(*this);
  }
  // SQLSTATE, errno, MySQL error number, ...; shown in brackets behind the message.
  Error&& native(std::string code) && {
    native_ = std::move(code);
    return std::move(*this);
  }
  Error&& as(ErrorKind kind) && {
    kind_ = kind;
    return std::move(*this);
  }

  ErrorKind kind() const { return kind_; }
  const std::string& message() const { return message_; }
  const std::string& hint() const { return hint_; }
  const std::string& native() const { return native_; }
  const std::vector<std::string>& context() const { return context_; }
  const std::source_location& where() const { return where_; }

  // "table shop.orders: cannot store ... [22003]; hint: ..." in one line.
  std::string to_string() const;

 private:
  ErrorKind kind_;
  std::string message_;
  std::string hint_;
  std::string native_;
  std::vector<std::string> context_;
  std::source_location where_;
};

}  // namespace tailrace
