<?php

declare(strict_types=1);

namespace Drupal\station_trace\EventSubscriber;

use Drupal\Core\Database\Connection;
use Drupal\Core\Database\Event\StatementExecutionStartEvent;
use Drupal\Core\State\StateInterface;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;
use Symfony\Component\HttpKernel\Event\RequestEvent;
use Symfony\Component\HttpKernel\KernelEvents;

/**
 * Writes a line when a request enters a station, into the file of the test.
 *
 * Each station asks the database for something. So the functions that are under
 * way are looked at with each statement, and the classes stay as they are.
 */
final class StationTrace implements EventSubscriberInterface {

  /**
   * Numbers of stations by class and function that were not entered yet.
   *
   * @var array<string, int>
   */
  private array $stations = [];

  private string $file = '';

  private string $request = '';

  public function __construct(
    private readonly Connection $database,
    private readonly StateInterface $state,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function getSubscribedEvents(): array {
    return [
      // Before authentication (300), which is a station.
      KernelEvents::REQUEST => ['onRequest', 1000],
      StatementExecutionStartEvent::class => 'onStatement',
    ];
  }

  public function onRequest(RequestEvent $event): void {
    if ($event->isMainRequest()) {
      $this->stations = $this->state->get('station_trace.stations', []);
      $this->file = $this->state->get('station_trace.file', '');
      $this->request = $event->getRequest()->getMethod() . ' ' . $event->getRequest()->getPathInfo();
      $this->database->enableEvents([StatementExecutionStartEvent::class]);
    }
  }

  public function onStatement(): void {
    // The outermost function was entered first.
    foreach (array_reverse(debug_backtrace(DEBUG_BACKTRACE_IGNORE_ARGS)) as $frame) {
      $name = ($frame['class'] ?? '') . '::' . $frame['function'];
      if (isset($this->stations[$name])) {
        file_put_contents($this->file, "{$this->stations[$name]} {$this->request}\n", FILE_APPEND);
        unset($this->stations[$name]);
      }
    }
  }

}
