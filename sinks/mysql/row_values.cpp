#include "sinks/mysql/row_values.h"

#include "sinks/mysql/load_data.h"

namespace tailrace::mysql {

using sql::Image;
using sql::TableMapping;

namespace {

// Where a server stores something else than the NULL that it should refuse: the current time, or
// the next value of a counter (which counts as a default).
bool takes_null_for_a_wish(const sql::TargetColumn& column) {
  return column.not_null && (column.type == sql::TargetType::timestamptz || column.has_default);
}

sql::ValueProblem null_refused() {
  return {"it is NULL, and the target column is NOT NULL", "make the target column nullable"};
}

void put_null(const Literals& literals, ByteWriter& out) {
  out.text(literals.form == ValueForm::field ? kNullField : "NULL");
}

}  // namespace

RowValues::RowValues(const Connection& connection, const sql::ValuePolicy& policy, ValueForm form)
    : policy_(policy) {
  literals_.connection = &connection;
  literals_.escape = [](const void* to, std::string_view text, ByteWriter& out) {
    static_cast<const Connection*>(to)->escape(text, out);
  };
  literals_.mariadb = connection.version().is_mariadb();
  literals_.form = form;
}

Status RowValues::put(const TableMapping& mapping, std::uint16_t column, Image row,
                      ByteWriter& out) const {
  const sql::MappedColumn& mapped = mapping.columns[column];
  const Value value = row[mapped.source];
  TR_ASSERT(!value.is_unchanged());
  if (value.is_null()) {
    if (takes_null_for_a_wish(*mapped.target)) {
      return sql::value_error(mapping, row, mapped, null_refused());
    }
    put_null(literals_, out);
    return {};
  }
  const auto problem = write_literal(mapped, value.text(), literals_, out);
  if (!problem) return {};
  const auto other = policy_.replacement(mapped, *problem);
  if (!other) {
    return sql::value_error(mapping, row, mapped, policy_.refused(mapped, *problem));
  }
  if (other->is_null()) {
    put_null(literals_, out);
  } else if (auto again = write_literal(mapped, other->text(), literals_, out)) {
    return sql::value_error(mapping, row, mapped, *again);
  }
  return {};
}

}  // namespace tailrace::mysql
