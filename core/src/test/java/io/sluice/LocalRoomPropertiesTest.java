package io.sluice;

class LocalRoomPropertiesTest extends RoomProperties {

    @Override
    protected Backend create(TimeSource time) {
        return LocalBackend.create(time);
    }
}
