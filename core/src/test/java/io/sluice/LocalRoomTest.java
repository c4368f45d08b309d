package io.sluice;

class LocalRoomTest extends RoomContract {

    @Override
    Backend create(TimeSource time) {
        return LocalBackend.create(time);
    }
}
