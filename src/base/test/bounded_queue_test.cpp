#include "vedette/base/bounded_queue.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace vedette::base {
namespace {

TEST(BoundedQueue, KeepsOrderAndDrainsAfterClose) {
  BoundedQueue<std::unique_ptr<int>> queue(10, 100);
  EXPECT_TRUE(queue.push(std::make_unique<int>(1)));
  EXPECT_TRUE(queue.push(std::make_unique<int>(2)));
  queue.close();
  EXPECT_FALSE(queue.push(std::make_unique<int>(3)));
  EXPECT_EQ(**queue.pop(), 1);
  EXPECT_EQ(**queue.pop(), 2);
  EXPECT_EQ(queue.pop(), std::nullopt);
}

// Runs `push` in a thread and tells whether it waited until an item was taken.
template <typename Push>
bool waits_for_room(BoundedQueue<int>& queue, Push push) {
  std::atomic<bool> done{false};
  std::thread producer([&] {
    push();
    done = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const bool waited = !done;
  queue.pop();
  producer.join();
  return waited;
}

TEST(BoundedQueue, BoundByCountAndByBytes) {
  BoundedQueue<int> by_count(1, 1000);
  by_count.push(1);
  EXPECT_TRUE(waits_for_room(by_count, [&] { by_count.push(2); }));

  BoundedQueue<int> by_bytes(100, 10);
  by_bytes.push(1, 6);
  by_bytes.push(2, 4);
  EXPECT_TRUE(waits_for_room(by_bytes, [&] { by_bytes.push(3, 1); }));
}

TEST(BoundedQueue, OversizedItemPassesWhenEmpty) {
  BoundedQueue<int> queue(100, 10);
  EXPECT_TRUE(queue.push(1, 1000));
  EXPECT_TRUE(waits_for_room(queue, [&] { queue.push(2, 1); }));
  EXPECT_EQ(queue.pop(), 2);
}

TEST(BoundedQueue, CloseWakesBothSides) {
  BoundedQueue<int> full(1, 10);
  full.push(1);
  std::thread producer([&] { EXPECT_FALSE(full.push(2)); });
  BoundedQueue<int> empty(1, 10);
  std::thread consumer([&] { EXPECT_EQ(empty.pop(), std::nullopt); });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  full.close();
  empty.close();
  producer.join();
  consumer.join();
}

TEST(BoundedQueue, ManyProducersAndConsumersLoseNothing) {
  BoundedQueue<int> queue(4, 16);
  std::atomic<std::int64_t> sum{0};
  std::vector<std::thread> producers, consumers;
  for (int p = 0; p < 3; ++p) {
    producers.emplace_back([&] {
      for (int i = 1; i <= 2000; ++i) queue.push(i, static_cast<std::size_t>(i % 7));
    });
    consumers.emplace_back([&] {
      while (const auto item = queue.pop()) sum += *item;
    });
  }
  for (auto& thread : producers) thread.join();
  queue.close();
  for (auto& thread : consumers) thread.join();
  EXPECT_EQ(sum, 3 * 2000 * 2001 / 2);
}

}  // namespace
}  // namespace vedette::base
