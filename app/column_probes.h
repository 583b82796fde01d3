#pragma once

#include <vector>

#include "app/type_samples.h"

namespace tailrace::app {

// Values that such a column can have and that lie at the limits of its type or are odd: those of
// the samples of its type, cut to its own length and digits, and its own greatest, labels and
// lengths.
std::vector<Probe> probes_for(const Column& column, SourceEngine engine);

}  // namespace tailrace::app
