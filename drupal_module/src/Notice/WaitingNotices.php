<?php

declare(strict_types=1);

namespace Drupal\background_agents\Notice;

use Drupal\background_agents\Access\OwnAccess;
use Drupal\background_agents\Dispatch\Origin;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Event\RunWaitsForPersonEvent;
use Drupal\background_agents\Run\RunData;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\Run\RunStore;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Language\LanguageManagerInterface;
use Drupal\Core\Mail\MailManagerInterface;
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
    private readonly OwnAccess $ownAccess,
    private readonly EventDispatcherInterface $eventDispatcher,
    private readonly MailManagerInterface $mailManager,
    private readonly ConfigFactoryInterface $configFactory,
    private readonly LanguageManagerInterface $languageManager,
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
      foreach ($this->recipients($waiting['run']) as $address) {
        $byAddress[$address][] = $waiting;
      }
    }
    foreach ($byAddress as $address => $waiting) {
      $this->mail($address, $waiting);
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

  /**
   * Returns the addresses that hear of a run.
   *
   * @return string[]
   *   Addresses.
   */
  private function recipients(Run $run): array {
    $settings = (array) $this->configFactory->get('background_agents.settings')->get('notice');
    $requester = ($settings['requester'] ?? FALSE) ? $run->getRequester() : NULL;
    $mayAnswer = $requester !== NULL && $requester->isActive() && $this->ownAccess->mayAnswer($requester, $run);
    return Recipients::of($settings, (string) $this->configFactory->get('system.site')->get('mail'), $mayAnswer ? $requester->getEmail() : NULL);
  }

  /**
   * Sends one mail about all runs that wait for an answer.
   *
   * @param array<array{run: \Drupal\background_agents\Entity\Run, question: \stdClass}> $waiting
   *   What the mail is about.
   */
  private function mail(string $address, array $waiting): void {
    try {
      $language = $this->languageManager->getDefaultLanguage()->getId();
      // No message on the page: whoever asks here is the sidecar.
      $sent = $this->mailManager->mail('background_agents', 'run_waits', $address, $language, [
        'waiting' => $waiting,
        '_error_message' => '',
      ]);
      if (!$sent['result']) {
        $this->logger->warning('The mail about runs that wait for a person could not be sent. Check how this site sends mail.');
      }
    }
    catch (\Throwable $error) {
      Error::logException($this->logger, $error);
    }
  }

}
