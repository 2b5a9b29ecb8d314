import type { Connection } from '../connection.ts';
import type { DeliveryRepository } from '../surface/notifier.ts';
import { recordAttempt } from './record-attempt.ts';
import { takeDueDeliveries } from './take-due-deliveries.ts';

export function createDeliveries(connection: Connection): DeliveryRepository {
  return {
    takeDue: (request) => takeDueDeliveries(connection, request),
    recordAttempt: (attempt) => recordAttempt(connection, attempt),
  };
}
