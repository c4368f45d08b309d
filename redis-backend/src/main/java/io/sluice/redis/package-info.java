/** The backend that keeps limits, rooms and guards in Redis, shared by all gateways. */
@NullMarked
package io.sluice.redis;

import org.jspecify.annotations.NullMarked;
