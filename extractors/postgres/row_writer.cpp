#include "extractors/postgres/row_writer.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tailrace::postgres {
namespace {

using Form = TupleView::Form;

std::string named(const Relation& relation) {
  return "table " + relation.schema->name.to_string();
}

std::string named(const Relation& relation, std::size_t column) {
  return fmt::format("table {}, column \"{}\"", relation.schema->name.to_string(),
                     relation.schema->columns[column].name);
}

Status check_count(const Relation& relation, const TupleView& tuple) {
  if (!tuple.present() || tuple.column_count() == relation.columns.size()) return {};
  return Error(ErrorKind::stream_corrupt,
               fmt::format("row has {} columns, its Relation message has {}", tuple.column_count(),
                           relation.columns.size()))
      .with(named(relation));
}

// Servers refuse such statements for tables that publish them.
Error not_identified(const Relation& relation, std::string_view what) {
  return Error(ErrorKind::schema_mismatch,
               fmt::format("{} of a row that nothing identifies: no old row or key was sent, and "
                           "the table has no key",
                           what))
      .hint(
          "ALTER TABLE ... REPLICA IDENTITY FULL, then start behind this place and copy the "
          "table anew")
      .with(named(relation));
}

// The first connection behind the creation of a slot can lack the key's flags, the next has them.
Error key_not_known(const Relation& relation) {
  return Error(ErrorKind::schema_mismatch,
               "an old key was sent, and neither the log nor the catalogue says of which columns")
      .hint("it is read again with a new connection")
      .with(named(relation));
}

}  // namespace

Status RowWriter::insert(const Relation& relation, const InsertMessage& message,
                         BlockBuilder& out) {
  if (auto checked = check_count(relation, message.row); !checked) return checked;
  out.start_change(ChangeKind::insert, relation.schema);
  out.skip_image();
  if (auto written = row_image(relation, message.row, {}, out); !written) {
    out.cancel_change();
    return written;
  }
  return out.end_change();
}

Status RowWriter::update(const Relation& relation, const UpdateMessage& message,
                         BlockBuilder& out) {
  const bool has_old = message.old_row.present() || message.old_key.present();
  if (!has_old && relation.schema->key.empty()) return not_identified(relation, "update");
  if (auto checked = check_count(relation, message.row); !checked) return checked;
  out.start_change(ChangeKind::update, relation.schema);
  Status written = old_image(relation, message.old_key, message.old_row, out);
  const TupleView& old = message.old_row.present() ? message.old_row : message.old_key;
  if (written) written = row_image(relation, message.row, old, out);
  if (!written) {
    out.cancel_change();
    return written;
  }
  return out.end_change();
}

Status RowWriter::remove(const Relation& relation, const DeleteMessage& message,
                         BlockBuilder& out) {
  const bool has_old = message.old_row.present() || message.old_key.present();
  if (!has_old) return not_identified(relation, "delete");
  out.start_change(ChangeKind::remove, relation.schema);
  if (auto written = old_image(relation, message.old_key, message.old_row, out); !written) {
    out.cancel_change();
    return written;
  }
  out.skip_image();
  return out.end_change();
}

Status RowWriter::copied(const Relation& relation, CopiedRow row, BlockBuilder& out) {
  if (row.column_count() != relation.columns.size()) {
    return Error(ErrorKind::stream_corrupt,
                 fmt::format("copied row has {} columns, {} were asked for", row.column_count(),
                             relation.columns.size()))
        .with(named(relation));
  }
  checks_labels_ = false;
  out.start_change(ChangeKind::insert, relation.schema);
  out.skip_image();
  out.start_image();
  Status written;
  for (std::size_t i = 0; written && i < relation.columns.size(); ++i) {
    const CopiedRow::Field field = row.next();
    const Form form = field.null                         ? Form::null
                      : relation.columns[i].reads_binary ? Form::binary
                                                         : Form::text;
    written = value(relation, i, {form, field.bytes}, out);
  }
  if (written && !row.at_end()) {
    written = Error(ErrorKind::stream_corrupt, "copied row is not as long as it says")
                  .with(named(relation));
  }
  if (!written) {
    out.cancel_change();
    return written;
  }
  out.end_image();
  return out.end_change();
}

// A value out of line that did not change is sent in the old row or key, if at all: there it is the
// same one.
Status RowWriter::row_image(const Relation& relation, const TupleView& row, const TupleView& old,
                            BlockBuilder& out) {
  TupleView::Reader fields(row);
  TupleView::Reader old_fields(old);
  out.start_image();
  for (std::size_t i = 0; i < relation.columns.size(); ++i) {
    TupleView::Field field = fields.next();
    if (old.present()) {
      const TupleView::Field old_field = old_fields.next();
      if (field.form == Form::unchanged && old_field.form != Form::null) field = old_field;
    }
    if (auto written = value(relation, i, field, out); !written) return written;
  }
  out.end_image();
  return {};
}

Status RowWriter::old_image(const Relation& relation, const TupleView& old_key,
                            const TupleView& old_row, BlockBuilder& out) {
  if (old_row.present()) {
    if (auto checked = check_count(relation, old_row); !checked) return checked;
    return row_image(relation, old_row, {}, out);
  }
  if (old_key.present()) return key_image(relation, old_key, out);
  out.skip_image();
  return {};
}

Status RowWriter::key_image(const Relation& relation, const TupleView& old_key, BlockBuilder& out) {
  if (relation.schema->key.empty()) return key_not_known(relation);
  if (auto checked = check_count(relation, old_key); !checked) return checked;
  TupleView::Reader fields(old_key);
  out.start_image();
  for (std::size_t i = 0; i < relation.columns.size(); ++i) {
    const TupleView::Field field = fields.next();
    if (field.form == Form::null && !relation.columns[i].in_old_key) {
      out.put_unchanged();  // "not sent" has no letter of its own there
      continue;
    }
    if (auto written = value(relation, i, field, out); !written) return written;
  }
  out.end_image();
  return {};
}

Status RowWriter::value(const Relation& relation, std::size_t column, const TupleView::Field& field,
                        BlockBuilder& out) {
  const Relation::Column& plan = relation.columns[column];
  switch (field.form) {
    case Form::null:
      out.put_null();
      return {};
    case Form::unchanged:
      out.put_unchanged();
      return {};
    case Form::text:
      if (!knows_label(relation.schema->columns[column], field.bytes)) {
        return refused(relation, column, false);
      }
      out.start_value();
      if (!plan.decoder->text(field.bytes, out.out())) return refused(relation, column, false);
      break;
    case Form::binary:
      if (!plan.reads_binary) {
        met_unread_binary_ = true;
        return refused(relation, column, true);
      }
      if (!knows_label(relation.schema->columns[column], field.bytes)) {
        return refused(relation, column, true);
      }
      out.start_value();
      if (!plan.decoder->binary(field.bytes, out.out())) return refused(relation, column, true);
      break;
  }
  out.end_value();
  return {};
}

// Both forms of a label are its text. A schema without labels does not know them.
bool RowWriter::knows_label(const Column& column, std::string_view label) {
  if (column.type != LogicalType::enumeration || column.labels.empty() || !checks_labels_) {
    return true;
  }
  const auto& labels = column.labels;
  if (std::find(labels.begin(), labels.end(), label) != labels.end()) return true;
  std::string name = column.native_type + ":" + std::string(label);
  if (accepted_labels_.contains(name)) return true;
  new_label_ = std::move(name);
  return false;
}

Status RowWriter::refused(const Relation& relation, std::size_t column, bool binary) {
  const std::string& type = relation.schema->columns[column].native_type;
  if (met_unread_binary_) {
    return Error(ErrorKind::busy, fmt::format("values of type {} are read as text only", type))
        .hint("a new connection asks for text")
        .with(named(relation, column));
  }
  if (binary) {
    return Error(ErrorKind::stream_corrupt, fmt::format("value is not the binary form of {}", type))
        .with(named(relation, column));
  }
  return Error(ErrorKind::unsupported_value, fmt::format("value cannot be read as {}", type))
      .hint("correct the row at the source, or leave the table out")
      .with(named(relation, column));
}

}  // namespace tailrace::postgres
