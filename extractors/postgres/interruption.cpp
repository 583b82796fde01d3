#include "extractors/postgres/interruption.h"

#include <utility>

namespace tailrace::postgres {

void Interruption::add(SocketCut cut) {
  const std::scoped_lock lock(mutex_);
  if (interrupted_.load()) cut.cut();
  cuts_.push_back(std::move(cut));
}

void Interruption::interrupt() {
  const std::scoped_lock lock(mutex_);
  interrupted_.store(true);
  for (const SocketCut& cut : cuts_) cut.cut();
}

Error Interruption::explain(Error error) const {
  if (!interrupted_.load()) return error;
  return Error(ErrorKind::cancelled, "reading the tables was interrupted", error.where());
}

}  // namespace tailrace::postgres
