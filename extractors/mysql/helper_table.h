#pragma once

// Tables that gh-ost and pt-online-schema-change make while they change a table T by copying it:
// known by their names, which both tools make in a fixed way.
//
//   gh-ost (go/base/context.go)          _T_gho   the new table; takes T's name at the end
//                                        _T_ghc   change log     _T_ghk   checkpoints
//                                        _T_del, _T_<14 digits>_del   T, put away
//   pt-online-schema-change (bin/)       _T_new   the new table, with up to ten underscores in
//   front
//                                        _T_old   T, put away, likewise
//
// Names that the tools cut because they were too long are not known: such tables are replicated
// like any other.

#include <string>
#include <string_view>
#include <vector>

namespace tailrace::mysql {

struct HelperName {
  // The tables that one of that name may be a helper of, the likeliest first; none: no helper.
  std::vector<std::string> bases = {};
  // Filled to take its table's name.
  bool takes_over = false;
};

HelperName parse_helper_name(std::string_view table);

}  // namespace tailrace::mysql
