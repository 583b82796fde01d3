#pragma once

// An ALTER TABLE does all its clauses at once: the names in it are those before it, wherever a
// clause stands. Those who follow do one thing after the other.

#include <string>
#include <vector>

#include "core/change.h"

namespace tailrace::mysql {

// Puts the changes into an order in which each meets the names that the one before it has left:
// drops, renames, and then what is new. False: columns have passed their names on to each other.
// Then nobody can tell from the names what a column held; their renames become columns that went,
// came, or hold other values.
bool put_one_by_one(std::vector<ColumnChange>& columns);

// Names of columns are the same in upper and lower case: writes those that are meant as the table
// has them.
void respell(std::vector<ColumnChange>& columns, const std::vector<std::string>& names);

}  // namespace tailrace::mysql
