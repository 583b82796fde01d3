#include "app/run_main.h"

int main(int argc, char** argv) {
  return tailrace::app::run_main(argc, argv);
}
