#include "app/console.h"

#include <ostream>
#include <string>

namespace tailrace::app {
namespace {

// The error in one line, but for its hint.
std::string headline(const Error& error) {
  std::string text = error.to_string();
  if (!error.hint().empty()) {
    text.resize(text.size() - error.hint().size() - std::string_view("; hint: ").size());
  }
  return text;
}

}  // namespace

void Console::complain(std::string_view message, std::string_view hint) const {
  err << "tailrace: " << message << '\n';
  if (!hint.empty()) err << "  hint: " << hint << '\n';
  err.flush();
}

void Console::complain(const Error& error) const {
  complain(headline(error), error.hint());
}

void Console::complain(std::span<const Error> errors) const {
  for (const Error& error : errors) complain(error);
}

}  // namespace tailrace::app
