<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Notice\NoticeKind;
use Drupal\background_agents\Notice\NoticeMode;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Names of what people are told, and of how they get it by mail.
 *
 * @internal
 */
final class NoticeLabels {

  use StringTranslationTrait;

  /**
   * What a kind of notice is about, as one reads it on one's own page.
   */
  public function kind(NoticeKind $kind): TranslatableMarkup {
    return match ($kind) {
      NoticeKind::Draft => $this->t('A run that I started left drafts'),
      NoticeKind::Review => $this->t('Another run left drafts that I may review'),
      NoticeKind::Back => $this->t('An agent has answered a draft that I sent back'),
      NoticeKind::Failed => $this->t('A run failed'),
      NoticeKind::Question => $this->t('A run waits for my answer'),
      NoticeKind::Failing => $this->t('An agent fails again and again'),
      NoticeKind::Budget => $this->t('A budget of the day is reached'),
    };
  }

  /**
   * The ways to get notices by mail, by value.
   *
   * @return array<string, \Drupal\Core\StringTranslation\TranslatableMarkup>
   *   Labels.
   */
  public function modes(): array {
    return [
      NoticeMode::Now->value => $this->t('At once'),
      NoticeMode::Digest->value => $this->t('Daily digest'),
      NoticeMode::Never->value => $this->t('No mail'),
    ];
  }

}
