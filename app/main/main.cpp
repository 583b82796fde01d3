#include <malloc.h>

#include "app/run_main.h"

namespace {

// Blocks of about 1 MiB come and go all the time. By default malloc asks the kernel for each of
// them anew and gives it back, which costs a fault per page (a tenth of the time of a capture).
void keep_memory_of_blocks() {
  ::mallopt(M_MMAP_THRESHOLD, 4 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 64 << 20);
}

}  // namespace

int main(int argc, char** argv) {
  keep_memory_of_blocks();
  return tailrace::app::run_main(argc, argv);
}
