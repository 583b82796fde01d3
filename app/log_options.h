#pragma once

#include <string>

namespace tailrace::app {

struct LogOptions {
  std::string level = "info";   // error, warn, info, debug, trace
  std::string format = "text";  // text: key=value; json: one object per line
};

}  // namespace tailrace::app
