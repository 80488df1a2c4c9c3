<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\StopSwitch;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;

/**
 * Shows the switch that stops all agents, and whether it was used.
 *
 * @internal
 */
final class StopNotice {

  use StringTranslationTrait;

  public function __construct(
    private readonly StopSwitch $stopSwitch,
    private readonly DateFormatterInterface $dateFormatter,
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * The notice with its button.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function build(): array {
    $stopped = $this->stopSwitch->isStopped();
    return [
      '#type' => 'container',
      '#attributes' => ['class' => ['ba-stop', $stopped ? 'ba-stop--stopped' : 'ba-stop--running']],
      '#cache' => ['max-age' => 0],
      'text' => [
        '#type' => 'html_tag',
        '#tag' => 'p',
        '#attributes' => ['class' => ['ba-stop__text']],
        '#value' => $stopped ? $this->sentence() : $this->t('Agents may run.'),
      ],
      'button' => [
        '#type' => 'link',
        '#title' => $stopped ? $this->t('Let agents run again') : $this->t('Stop all agents'),
        '#url' => Url::fromRoute($stopped ? 'background_agents.start' : 'background_agents.stop'),
        '#attributes' => ['class' => ['button', $stopped ? 'button--primary' : 'button--danger']],
      ],
    ];
  }

  /**
   * A warning for pages where one may ask why nothing happens.
   *
   * @return array<string, mixed>|null
   *   A render array; NULL while agents may run. The page is not to be cached.
   */
  public function warning(): ?array {
    return !$this->stopSwitch->isStopped() ? NULL : [
      '#theme' => 'status_messages',
      '#message_list' => ['warning' => [$this->warningText()]],
      '#status_headings' => ['warning' => $this->t('Warning message')],
      '#weight' => -10,
    ];
  }

  private function warningText(): TranslatableMarkup {
    $start = Url::fromRoute('background_agents.start');
    $arguments = ['@sentence' => $this->sentence(), ':url' => $start->toString()];
    return $start->access()
      ? $this->t('@sentence Until they may run again, nothing starts and nothing goes on. <a href=":url">Let agents run again</a>.', $arguments)
      : $this->t('@sentence Nothing starts and nothing goes on until an administrator lets them run again.', $arguments);
  }

  /**
   * Who stopped the agents and when.
   */
  public function sentence(): TranslatableMarkup {
    if ($this->stopSwitch->isOff()) {
      return $this->t('Agents are off by settings.php of this site, as on a copy.');
    }
    $stop = $this->stopSwitch->stoppedBy() ?? ['uid' => NULL, 'time' => 0];
    $account = $stop['uid'] === NULL ? NULL : $this->entityTypeManager->getStorage('user')->load($stop['uid']);
    $time = $this->dateFormatter->format((int) $stop['time'], 'short');
    return $account === NULL
      ? $this->t('All agents were stopped on @time.', ['@time' => $time])
      : $this->t('All agents were stopped by @name on @time.', ['@name' => $account->getDisplayName(), '@time' => $time]);
  }

}
