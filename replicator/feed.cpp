#include "replicator/feed.h"

#include <algorithm>

namespace tailrace {

void Feed::announce(std::size_t sink, Announcement announcement) {
  bool first = false;
  {
    const std::scoped_lock lock(mutex_);
    first = announcements_[sink].state == Announcement::State::unknown;
    announcements_[sink] = std::move(announcement);
  }
  if (first) changed_.notify_all();  // later ones are looked at when a stream is planned
}

Result<Feed::Published> Feed::wait_for_stream(std::uint64_t after, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [&] { return stream_ != nullptr && generation_ > after; });
  if (stop.stop_requested()) return Error(ErrorKind::cancelled, "stopped");
  return Published{stream_, generation_};
}

void Feed::request_realign(std::size_t sink, Checkpoint held) {
  {
    const std::scoped_lock lock(mutex_);
    announcements_[sink] = {Announcement::State::holds, std::move(held)};
    realign_ = true;
    if (stream_) stream_->queue->close(Error(ErrorKind::cancelled, "the stream starts over"));
    stream_.reset();
  }
  changed_.notify_all();
}

Result<std::vector<Feed::Announcement>> Feed::wait_for_announcements(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [&] {
    return std::all_of(announcements_.begin(), announcements_.end(), [](const Announcement& a) {
      return a.state != Announcement::State::unknown;
    });
  });
  if (stop.stop_requested()) return Error(ErrorKind::cancelled, "stopped");
  return announcements_;
}

void Feed::publish(std::shared_ptr<Stream> stream) {
  {
    const std::scoped_lock lock(mutex_);
    stream_ = std::move(stream);
    ++generation_;
    realign_ = false;
  }
  changed_.notify_all();
}

bool Feed::realign_requested() const {
  const std::scoped_lock lock(mutex_);
  return realign_;
}

}  // namespace tailrace
