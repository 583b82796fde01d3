#pragma once

// Text form of arrays (src/backend/utils/adt/arrayfuncs.c, array_out): {1,NULL,"a \"b\""}, nested
// braces for more dimensions. Where a lower bound is not 1, all bounds stand in front: [0:1]={1,2}.

#include <cstdint>
#include <memory>
#include <string_view>

#include "core/byte_writer.h"
#include "extractors/postgres/column_plan.h"

namespace tailrace::postgres {

// How an element appears in the JSON array that is the canonical form.
enum class ElementForm : std::uint8_t {
  number_as_sent,  // a finite number with the server's digits; NaN and infinities as string
  number,          // its canonical text
  boolean,         // true, false
  canonical_text,  // a string of its canonical text, which has nothing to escape
  text_as_sent,    // a string of the server's text
  padded_text,     // the same without trailing spaces
};

// Answers with JSON; for an array with other lower bounds than 1 with the text as it was sent,
// which is no JSON. Reads text only.
class ArrayDecoder final : public ValueDecoder {
 public:
  ArrayDecoder(std::shared_ptr<const ValueDecoder> element, ElementForm form, char delimiter)
      : element_(std::move(element)), form_(form), delimiter_(delimiter) {}

  bool text(std::string_view wire, ByteWriter& out) const override;
  bool binary(std::string_view, ByteWriter&) const override { return false; }

 private:
  std::shared_ptr<const ValueDecoder> element_;
  ElementForm form_;
  char delimiter_;
};

}  // namespace tailrace::postgres
