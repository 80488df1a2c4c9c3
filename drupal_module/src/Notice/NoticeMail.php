<?php

declare(strict_types=1);

namespace Drupal\background_agents\Notice;

use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Language\LanguageManagerInterface;
use Drupal\Core\Mail\MailManagerInterface;
use Drupal\Core\Utility\Error;
use Psr\Log\LoggerInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;

/**
 * Mails the addresses of the settings that runs wait for a person.
 *
 * @internal
 */
final class NoticeMail {

  public function __construct(
    private readonly MailManagerInterface $mailManager,
    private readonly ConfigFactoryInterface $configFactory,
    private readonly LanguageManagerInterface $languageManager,
    #[Autowire(service: 'logger.channel.background_agents')]
    private readonly LoggerInterface $logger,
  ) {}

  /**
   * The addresses that are told of each run that waits.
   *
   * @return string[]
   *   Addresses.
   */
  public function recipients(): array {
    $settings = (array) $this->configFactory->get('background_agents.settings')->get('notice');
    return Recipients::of($settings, (string) $this->configFactory->get('system.site')->get('mail'));
  }

  /**
   * Sends one mail about all that waits for an address.
   *
   * @param array<array{run: \Drupal\background_agents\Entity\Run, question: \stdClass}> $waiting
   *   What the mail is about.
   */
  public function send(string $address, array $waiting): void {
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
