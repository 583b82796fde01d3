#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace tailrace {

// A password or token on its way to a client library. Whatever prints it prints "***"; only
// reveal() shows it, so that every use can be found by that word. It is wiped when it is dropped;
// copies that a client library makes are its own affair.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  // Short strings live inside the object: what was moved from is wiped too.
  Secret(Secret&& other) noexcept : text_(other.text_) { other.wipe(); }
  Secret& operator=(const Secret& other) {
    if (this != &other) {
      wipe();
      text_ = other.text_;
    }
    return *this;
  }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      wipe();
      text_ = other.text_;
      other.wipe();
    }
    return *this;
  }
  ~Secret() { wipe(); }

  bool empty() const { return text_.empty(); }
  const std::string& reveal() const { return text_; }
  friend bool operator==(const Secret&, const Secret&) = default;

 private:
  void wipe() {
    // volatile: the writes must not be optimised away because nobody reads them
    volatile char* byte = text_.data();
    for (std::size_t i = 0; i < text_.size(); ++i) byte[i] = '\0';
    text_.clear();
  }

  std::string text_;
};

constexpr std::string_view to_string(const Secret&) {
  return "***";
}

inline std::ostream& operator<<(std::ostream& out, const Secret& secret) {
  return out << to_string(secret);
}

}  // namespace tailrace

template <>
struct fmt::formatter<tailrace::Secret> {
  constexpr auto parse(fmt::format_parse_context& context) { return context.begin(); }
  template <typename Context>
  auto format(const tailrace::Secret& secret, Context& context) const {
    auto out = context.out();
    for (const char character : tailrace::to_string(secret)) *out++ = character;
    return out;
  }
};
