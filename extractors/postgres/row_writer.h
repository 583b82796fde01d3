#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "core/block_builder.h"
#include "extractors/postgres/copy_rows.h"
#include "extractors/postgres/pgoutput.h"
#include "extractors/postgres/relation.h"

namespace tailrace::postgres {

// Writes rows as changes into the block, value by value, without allocation. On an error nothing of
// the row stays there; the transaction must then be aborted. Errors name table, column and type,
// never a value.
class RowWriter {
 public:
  Status insert(const Relation& relation, const InsertMessage& message, BlockBuilder& out);
  Status update(const Relation& relation, const UpdateMessage& message, BlockBuilder& out);
  Status remove(const Relation& relation, const DeleteMessage& message, BlockBuilder& out);

  // A row of COPY: an insert. Values are in binary form where the column reads that, else text.
  Status copied(const Relation& relation, CopiedRow row, BlockBuilder& out);

  // The row that was refused last has a label that is not among those of its enumeration: labels
  // are added without an announcement, so the catalogue is to be asked again. Not of copied rows,
  // which are no later than the catalogue.
  bool met_new_label() const { return !new_label_.empty(); }
  // It has been: from now on that label is taken as it is, for it may have been renamed since.
  void accept_label() { accepted_labels_.insert(std::exchange(new_label_, {})); }

  // A value came in binary form for a column that is only read as text.
  bool met_unread_binary() const { return met_unread_binary_; }

 private:
  Status row_image(const Relation& relation, const TupleView& row, const TupleView& old,
                   BlockBuilder& out);
  Status old_image(const Relation& relation, const TupleView& old_key, const TupleView& old_row,
                   BlockBuilder& out);
  Status key_image(const Relation& relation, const TupleView& old_key, BlockBuilder& out);
  Status value(const Relation& relation, std::size_t column, const TupleView::Field& field,
               BlockBuilder& out);
  Status refused(const Relation& relation, std::size_t column, bool binary);
  bool knows_label(const Column& column, std::string_view label);

  bool met_unread_binary_ = false;
  bool checks_labels_ = true;
  std::string new_label_;  // "public.mood:sad"
  std::set<std::string> accepted_labels_;
};

}  // namespace tailrace::postgres
