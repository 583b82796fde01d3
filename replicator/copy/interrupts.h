#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <stop_token>
#include <utility>

namespace tailrace {

// Everything that may wait while a copy runs and must end on stop: connections come and go in many
// threads. Threads: any; mutex_ guards the list, and is held while interrupt() of a member is
// called, so that a member cannot go away meanwhile.
class Interrupts {
 public:
  explicit Interrupts(std::stop_token stop) : on_stop_(std::move(stop), Call{this}) {}
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  // As long as it lives, stop interrupts the object, at once if it was asked for already.
  class Member {
   public:
    template <typename T>
    Member(Interrupts& all, T& object)
        : Member(all, std::function<void()>([&object] { object.interrupt(); })) {}
    ~Member() {
      const std::scoped_lock lock(all_.mutex_);
      all_.calls_.erase(place_);
    }
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;

   private:
    Member(Interrupts& all, std::function<void()> call) : all_(all) {
      const std::scoped_lock lock(all_.mutex_);
      if (all_.stopped_) call();
      place_ = all_.calls_.insert(all_.calls_.end(), std::move(call));
    }
    Interrupts& all_;
    std::list<std::function<void()>>::iterator place_;
  };

 private:
  struct Call {
    Interrupts* all;
    void operator()() const { all->interrupt_all(); }
  };
  void interrupt_all() {
    const std::scoped_lock lock(mutex_);
    stopped_ = true;
    for (const auto& call : calls_) call();
  }

  std::mutex mutex_;
  // guarded by mutex_
  bool stopped_ = false;
  std::list<std::function<void()>> calls_;

  std::stop_callback<Call> on_stop_;  // last: it may call as soon as it exists
};

// An object that stop interrupts for as long as it lives.
template <typename T>
class Interruptible {
 public:
  Interruptible(Interrupts& all, std::unique_ptr<T> object)
      : object_(std::move(object)), member_(all, *object_) {}
  T* operator->() const { return object_.get(); }
  T& operator*() const { return *object_; }

 private:
  std::unique_ptr<T> object_;
  Interrupts::Member member_;  // ends before the object does
};

}  // namespace tailrace
