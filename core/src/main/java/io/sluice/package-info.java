/**
 * Rate limits, waiting rooms and guards in front of a service that must not fall over. A {@link io.sluice.RateLimiter}
 * bounds how often one caller may call, a {@link io.sluice.WaitingRoom} how many visitors are inside at once, a {@link
 * io.sluice.Guard} how many calls are served at once. All three keep their state in a {@link io.sluice.Backend}; {@link
 * io.sluice.LocalBackend} keeps it in this process.
 */
@NullMarked
package io.sluice;

import org.jspecify.annotations.NullMarked;
