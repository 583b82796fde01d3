#pragma once

#include <cstddef>

#include "core/byte_reader.h"

namespace tailrace {

// Bytes at the start of text that are ASCII.
std::size_t ascii_bytes(Bytes text);

// Bytes at the start of text that are valid UTF-8; text.size() when all are. Rejects overlong
// forms, surrogates and codes beyond U+10FFFF.
std::size_t valid_utf8_bytes(Bytes text);

}  // namespace tailrace
