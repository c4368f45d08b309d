package io.sluice;

class LocalRoomPropertiesTest extends RoomProperties {

    @Override
    Backend create(TimeSource time) {
        return LocalBackend.create(time);
    }
}
