#pragma once

// Tables that gh-ost and pt-online-schema-change fill while they change a table T by copying it:
// known by their names, which both tools make in a fixed way.
//
//   gh-ost (go/base/context.go)          _T_gho   the new table; takes T's name at the end
//                                        _T_ghc   change log     _T_ghk   checkpoints
//   pt-online-schema-change (bin/)       _T_new   with up to ten underscores in front
//
// Tables that were put away (_T_del, _T_<14 digits>_del, _T_old) get no rows, so nothing of theirs
// would be sent. Names that the tools cut because they were too long are not known: such tables are
// replicated like any other.

#include <string>
#include <string_view>
#include <vector>

namespace tailrace::mysql {

// The tables that one of that name may be a helper of, the likeliest first; none: no helper.
std::vector<std::string> bases_of_helper(std::string_view table);

}  // namespace tailrace::mysql
