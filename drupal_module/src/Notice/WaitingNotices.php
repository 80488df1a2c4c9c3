<?php

declare(strict_types=1);

namespace Drupal\background_agents\Notice;

use Drupal\background_agents\Dispatch\Origin;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Event\RunWaitsForPersonEvent;
use Drupal\background_agents\Run\RunData;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\Run\RunStore;
use Drupal\Core\Utility\Error;
use Psr\Log\LoggerInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;
use Symfony\Contracts\EventDispatcher\EventDispatcherInterface;

/**
 * Tells people, and models of the site, that runs wait for a person.
 *
 * After the response and by cron, never within the intake: whatever fails here
 * is logged, and not tried again, since nobody should be told twice.
 *
 * @internal
 */
final class WaitingNotices {

  /**
   * Runs that are told of at a time.
   */
  private const RUNS = 50;

  public function __construct(
    private readonly NoticeStore $notices,
    private readonly RunStore $runs,
    private readonly RunData $data,
    private readonly Origin $origin,
    private readonly EventDispatcherInterface $eventDispatcher,
    private readonly NoticeMail $mail,
    #[Autowire(service: 'logger.channel.background_agents')]
    private readonly LoggerInterface $logger,
  ) {}

  /**
   * Tells of all that nobody was told of yet.
   */
  public function send(): void {
    $byAddress = [];
    foreach ($this->notices->take(self::RUNS) as $notice) {
      $waiting = $this->waiting($notice['run'], $notice['question']);
      if ($waiting === NULL) {
        // It was answered, or has ended, in the meantime.
        continue;
      }
      $this->dispatch(...$waiting);
      foreach ($this->mail->recipients($waiting['run']) as $address) {
        $byAddress[$address][] = $waiting;
      }
    }
    foreach ($byAddress as $address => $waiting) {
      $this->mail->send($address, $waiting);
    }
  }

  /**
   * The run and its question; NULL when it does not wait for it any more.
   *
   * @return array{run: \Drupal\background_agents\Entity\Run, question: \stdClass}|null
   */
  private function waiting(int $id, string $hash): ?array {
    $run = $this->runs->load($id);
    if ($run === NULL || $run->getState() !== RunState::Waiting || $run->getWaitingFor() !== 'approval') {
      return NULL;
    }
    $asked = $this->data->read($id)['waiting']?->data ?? NULL;
    $question = $asked?->question ?? NULL;
    $isThis = is_string($asked->id ?? NULL) && NoticeStore::hash($asked->id) === $hash;
    return $isThis && $question instanceof \stdClass ? ['run' => $run, 'question' => $question] : NULL;
  }

  private function dispatch(Run $run, \stdClass $question): void {
    try {
      $this->origin->whileTelling($run, fn () => $this->eventDispatcher->dispatch(new RunWaitsForPersonEvent($run, $question)));
    }
    catch (\Throwable $error) {
      Error::logException($this->logger, $error);
    }
  }

}
