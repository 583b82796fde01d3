#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "core/assert.h"
#include "core/error.h"

namespace tailrace {

// A value or an Error. Member names are a subset of std::expected (C++23), so that the later move
// is mechanical. A dropped result is a compiler warning.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  template <typename U>
  requires(std::is_convertible_v<U&&, T> && !std::is_same_v<std::remove_cvref_t<U>, T> &&
           !std::is_same_v<std::remove_cvref_t<U>, Error> &&
           !std::is_same_v<std::remove_cvref_t<U>, Result>) Result(U&& value)
      : state_(std::in_place_index<0>, std::forward<U>(value)) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & { return checked_value(); }
  const T& value() const& { return const_cast<Result*>(this)->checked_value(); }
  T&& value() && { return std::move(checked_value()); }
  T& operator*() & { return checked_value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(checked_value()); }
  T* operator->() { return &checked_value(); }
  const T* operator->() const { return &value(); }

  Error& error() & { return checked_error(); }
  const Error& error() const& { return const_cast<Result*>(this)->checked_error(); }
  Error&& error() && { return std::move(checked_error()); }

 private:
  T& checked_value() {
    TR_ASSERT(has_value());
    return *std::get_if<0>(&state_);
  }
  Error& checked_error() {
    TR_ASSERT(!has_value());
    return *std::get_if<1>(&state_);
  }
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool has_value() const { return !error_.has_value(); }
  explicit operator bool() const { return has_value(); }
  Error& error() & { return checked_error(); }
  const Error& error() const& { return const_cast<Result*>(this)->checked_error(); }
  Error&& error() && { return std::move(checked_error()); }

 private:
  Error& checked_error() {
    TR_ASSERT(!has_value());
    return *error_;
  }
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace tailrace
