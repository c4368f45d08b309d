/**
 * Rate limits, waiting rooms and guards that protect a service from overload. A {@link io.sluice.RateLimiter} bounds
 * how often one caller may call. A {@link io.sluice.WaitingRoom} bounds how many visitors are inside at once. A
 * {@link io.sluice.Guard} bounds how many calls are served at once. All three keep their state in a
 * {@link io.sluice.Backend}; {@link io.sluice.LocalBackend} keeps it in this process.
 */
@NullMarked
package io.sluice;

import org.jspecify.annotations.NullMarked;
